using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence.Model;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Prepared statements of one connection, by their text. Values are given in the order in which the text first names them.</summary>
internal sealed partial class Statements(SqliteConnection connection) : IDisposable
{
    // Bounded by the texts in this project; lists build theirs from a handful of conditions.
    private readonly Dictionary<string, SqliteCommand> _commands = [];
    private readonly Dictionary<string, PreparedStatement> _statements = [];

    /// <summary>Begins to write: waits for whoever else does, as long as the connection's settings say.</summary>
    public void BeginImmediate() => Bind("BEGIN IMMEDIATE", []).ExecuteNonQuery();

    /// <summary>Runs a statement; returns how many rows it changed, where it is one that changes rows.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        Find(sql).Run(values);
        return raw.sqlite3_changes(connection.Handle);
    }

    /// <summary>Reads all rows.</summary>
    public List<T> Query<T>(string sql, Func<StoredRow, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Bind(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(new StoredRow(reader)));
        }

        return rows;
    }

    /// <summary>Reads rows that stand for several things each, until there are enough.</summary>
    public List<T> QueryMany<T>(string sql, Func<StoredRow, IEnumerable<T>> read, int limit, params ReadOnlySpan<object?> values)
    {
        using var reader = Bind(sql, values).ExecuteReader();
        var things = new List<T>();
        while (things.Count < limit && reader.Read())
        {
            things.AddRange(read(new StoredRow(reader)).Take(limit - things.Count));
        }

        return things;
    }

    /// <summary>Reads the first row; the default where there is none.</summary>
    public T? First<T>(string sql, Func<StoredRow, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Bind(sql, values).ExecuteReader();
        return reader.Read() ? read(new StoredRow(reader)) : default;
    }

    public bool Exists(string sql, params ReadOnlySpan<object?> values) => Find(sql).Run(values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }
    }

    private PreparedStatement Find(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements[sql] = statement = new PreparedStatement(connection.Handle!, sql);
        }

        return statement;
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            _commands[sql] = command = Prepare(sql);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = ToStored(values[i]);
        }

        return command;
    }

    private SqliteCommand Prepare(string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Texts are constants of this project, or put together from such; values are always parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var name in ParameterName().Matches(sql).Select(match => match.Value).Distinct())
        {
            command.Parameters.Add(new SqliteParameter(name, null));
        }

        return command;
    }

    private static object ToStored(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => time.UtcTicks,
        ReadOnlyMemory<byte> data => ToArray(data),
        _ => value,
    };

    /// <summary>The array itself where the memory is all of it: large values are not copied.</summary>
    private static byte[] ToArray(ReadOnlyMemory<byte> data) =>
        MemoryMarshal.TryGetArray(data, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : data.ToArray();

    [GeneratedRegex("@[a-z_]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ParameterName();
}
