using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>A run as its rows say, read by plain statements on a connection that cannot write.</summary>
internal sealed record StoredRun
{
    public required string Status { get; init; }

    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    public required IReadOnlyList<StoredCall> Calls { get; init; }

    public IEnumerable<StoredMessage> Replies => Messages.Where(m => m.Kind == "reply");

    public static StoredRun? Find(string database, string id)
    {
        // A program that was killed before it had made the schema left an empty file.
        if (!File.Exists(database) || new FileInfo(database) is { Length: 0 } && !File.Exists(database + "-wal"))
            return null;

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        // One transaction: all of it at one point in time.
        using var transaction = connection.BeginTransaction(deferred: true);
        if (Read(connection, "SELECT name FROM sqlite_master WHERE name = 'instances'", _ => true).Count == 0)
            return null;
        if (Read(connection, "SELECT sub_status FROM instances WHERE id = $id", r => r.GetString(0), id) is not [var status])
            return null;

        return new()
        {
            Status = status,
            Messages = Read(
                connection,
                "SELECT id, kind, sender, content FROM messages WHERE instance_id = $id ORDER BY sequence",
                r => new StoredMessage(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3)), id),
            Calls = Read(
                connection,
                "SELECT execution_id, attempt, agent, model, status FROM metered_calls WHERE instance_id = $id ORDER BY ordinal",
                r => new StoredCall(r.GetInt64(0), r.GetInt32(1), r.IsDBNull(2) ? null : r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3), r.GetString(4)), id),
        };
    }

    /// <summary>What SQLite finds wrong with a database; <c>ok</c> where nothing is.</summary>
    public static string CheckIntegrity(string database)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        return string.Join('\n', Read(connection, "PRAGMA integrity_check", r => r.GetString(0)));
    }

    private static List<T> Read<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, string? id = null)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        if (id is not null)
            command.Parameters.AddWithValue("$id", id);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}

internal sealed record StoredMessage(string Id, string Kind, string Sender, string Content);

/// <param name="Agent">Null while it is only reserved.</param>
/// <param name="Status">open, settled, failed, discarded or unused.</param>
internal sealed record StoredCall(long ExecutionId, int Attempt, string? Agent, string? Model, string Status);
