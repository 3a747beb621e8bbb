using System.Data;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;
using Npgsql;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>Runs what the store asks for on connections of a pool, each call in a transaction of its own, and says what its failures mean.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source, PostgresErrors errors) : IDisposable
{
    /// <summary>Reads by one statement.</summary>
    public Task<T> ReadAsync<T>(Func<PostgresSession, Task<T>> read, CancellationToken cancellationToken) => ReadAsync(read, isOneMoment: false, cancellationToken);

    /// <summary>Reads by several statements that see one moment, whatever is committed meanwhile.</summary>
    public Task<T> ReadOneMomentAsync<T>(Func<PostgresSession, Task<T>> read, CancellationToken cancellationToken) => ReadAsync(read, isOneMoment: true, cancellationToken);

    /// <summary>Stores by one round trip what can be repeated: where the answer is lost, the caller is told so.</summary>
    public async Task<T> WriteAsync<T>(Func<PostgresSession, Task<T>> write, CancellationToken cancellationToken)
    {
        var isSent = false;
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            isSent = true;
            return await write(new PostgresSession(connection));
        }
        catch (NpgsqlException error) when (PostgresErrors.IsCorruption(error))
        {
            throw errors.Corrupt(error);
        }
        catch (NpgsqlException error) when (PostgresErrors.IsOfMedium(error))
        {
            throw isSent ? errors.Uncertain(error) : errors.Unavailable(error);
        }
    }

    /// <summary>Stores a commit; see <see cref="IInstanceStore"/>. One round trip for all its statements, and one to make them durable.</summary>
    public async Task<CommitResult> CommitAsync(IEnumerable<CommitStep> steps, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
            // What is not committed is rolled back when the transaction is disposed of, or by the server when the connection is lost.
            return await FindRefusalAsync(new PostgresSession(connection), [.. steps], cancellationToken) ?? await EndAsync(transaction);
        }
        catch (NpgsqlException error) when (PostgresErrors.IsCorruption(error))
        {
            throw errors.Corrupt(error);
        }
        catch (NpgsqlException error) when (PostgresErrors.IsOfMedium(error))
        {
            throw errors.Unavailable(error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    /// <summary>
    /// Runs all steps without looking in between; the first that was refused counts. Later ones have run in vain then, or failed because of
    /// it, and are rolled back with it.
    /// </summary>
    private static async Task<CommitResult?> FindRefusalAsync(PostgresSession session, CommitStep[] steps, CancellationToken cancellationToken)
    {
        var changed = new List<int>(steps.Length);
        try
        {
            await session.ExecuteAsync(steps.Select(step => step.Statement), changed, cancellationToken);
            return First();
        }
        catch (PostgresException taken) when (PostgresErrors.RejectedKey(taken) is not null)
        {
            return First() ?? new CommitResult.Rejected(PostgresErrors.RejectedKey(taken)!);
        }

        CommitResult? First() => steps.Zip(changed).FirstOrDefault(step => step.Second == 0 && step.First.WhenNone is not null).First.WhenNone;
    }

    private static async Task<CommitResult> EndAsync(NpgsqlTransaction transaction)
    {
        try
        {
            // From here on nobody can take it back.
            await transaction.CommitAsync(CancellationToken.None);
            return CommitResult.Committed.Instance;
        }
        catch (NpgsqlException lost) when (lost is not PostgresException { InvariantSeverity: "ERROR" })
        {
            // An ERROR is the server's word that it rolled back. Anything else ends the connection, before or after it was durable.
            return new CommitResult.Unknown(lost);
        }
    }

    private async Task<T> ReadAsync<T>(Func<PostgresSession, Task<T>> read, bool isOneMoment, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await ReadOnceAsync(read, isOneMoment, cancellationToken);
            }
            catch (NpgsqlException error) when (PostgresErrors.IsConnectionLost(error))
            {
                return await ReadOnceAsync(read, isOneMoment, cancellationToken);
            }
        }
        catch (NpgsqlException error) when (PostgresErrors.IsCorruption(error))
        {
            throw errors.Corrupt(error);
        }
        catch (NpgsqlException error) when (PostgresErrors.IsOfMedium(error))
        {
            throw errors.Unavailable(error);
        }
    }

    private async Task<T> ReadOnceAsync<T>(Func<PostgresSession, Task<T>> read, bool isOneMoment, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = isOneMoment ? await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken) : null;
        return await read(new PostgresSession(connection));
    }
}
