using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using Npgsql;
using NpgsqlTypes;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>Statements on one connection. Npgsql prepares them the second time a connection meets their text, and keeps them prepared.</summary>
internal sealed partial class PostgresSession(NpgsqlConnection connection)
{
    // Bounded by the texts in this project; lists build theirs from a handful of conditions.
    private static readonly ConcurrentDictionary<string, (string Sql, string[] Names)> Known = [];

    /// <summary>Runs statements in one round trip; returns how many rows each changed.</summary>
    /// <exception cref="PostgresException">One failed; <paramref name="changed"/> has those before it.</exception>
    public async Task ExecuteAsync(IEnumerable<Statement> statements, List<int> changed, CancellationToken cancellationToken)
    {
        await using var batch = ToBatch(statements);
        PostgresException? failed = null;
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.BatchCommand is not null)
        {
            failed = error;
            throw;
        }
        finally
        {
            changed.AddRange(batch.BatchCommands.Cast<NpgsqlBatchCommand>().TakeWhile(command => command != failed?.BatchCommand).Select(command => command.RecordsAffected));
        }
    }

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    public async Task<int> ExecuteAsync(Statement statement, CancellationToken cancellationToken)
    {
        await using var batch = ToBatch([statement]);
        return await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Reads all rows.</summary>
    public async Task<List<T>> QueryAsync<T>(Statement statement, Func<StoredRow, T> read, CancellationToken cancellationToken)
    {
        await using var batch = ToBatch([statement]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(Row(reader)));
        }

        return rows;
    }

    /// <summary>Reads the first row of a statement; the default where there is none.</summary>
    public Task<T?> FirstAsync<T>(Statement statement, Func<StoredRow, T> read, CancellationToken cancellationToken) =>
        LastAsync([statement], read, cancellationToken);

    /// <summary>Runs statements in one transaction and reads the first row of the last; those before it that read must do so by the same columns.</summary>
    public async Task<T?> LastAsync<T>(IEnumerable<Statement> statements, Func<StoredRow, T> read, CancellationToken cancellationToken)
    {
        await using var batch = ToBatch(statements);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        T? last;
        do
        {
            last = await reader.ReadAsync(cancellationToken) ? read(Row(reader)) : default;
        }
        while (await reader.NextResultAsync(cancellationToken));

        return last;
    }

    private static StoredRow Row(NpgsqlDataReader reader) => new(reader, PostgresText.Restore);

    private NpgsqlBatch ToBatch(IEnumerable<Statement> statements)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
        {
            batch.BatchCommands.Add(ToCommand(statement));
        }

        return batch;
    }

    private static NpgsqlBatchCommand ToCommand(Statement statement)
    {
        var (sql, names) = Known.GetOrAdd(statement.Sql, Number);
        var command = new NpgsqlBatchCommand(sql);
        for (var i = 0; i < names.Length; i++)
        {
            command.Parameters.Add(ToParameter(names[i], statement.Values[i]));
        }

        return command;
    }

    /// <summary>PostgreSQL knows parameters by their place.</summary>
    private static (string Sql, string[] Names) Number(string sql)
    {
        var names = ParameterName().Matches(sql).Select(match => match.Value).Distinct().ToArray();
        return (ParameterName().Replace(sql, match => string.Create(CultureInfo.InvariantCulture, $"${Array.IndexOf(names, match.Value) + 1}")), names);
    }

    private static NpgsqlParameter ToParameter(string name, object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = TypeOfNull(name) },
        string text => new NpgsqlParameter { Value = PostgresText.Store(text), NpgsqlDbType = NpgsqlDbType.Text },
        DateTimeOffset time => new NpgsqlParameter { Value = time.UtcTicks },
        _ => new NpgsqlParameter { Value = value },
    };

    /// <summary>The same type as that of a value: a statement stays prepared only while its types stay.</summary>
    private static NpgsqlDbType TypeOfNull(string name) => name switch
    {
        "@finished" or "@consumed" or "@expires" or "@start" or "@snapshot" => NpgsqlDbType.Bigint,
        "@process" => NpgsqlDbType.Integer,
        _ => NpgsqlDbType.Text,
    };

    [GeneratedRegex("@[a-z_]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ParameterName();
}
