using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;
using Npgsql;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>All four seams on one PostgreSQL database. Processes of several hosts may use it at the same time.</summary>
public sealed partial class PostgresStore : IInstanceStore, IInstanceQueries, IDefinitionStore, IWorkQueue, IDisposable
{
    private readonly PostgresDatabase _database;

    private PostgresStore(PostgresDatabase database) => _database = database;

    /// <summary>
    /// Opens a database, which must exist, makes its tables where they are missing, and brings older ones to the schema of this build. Takes
    /// one connection and two questions where there is nothing to migrate; waits where another process is at it.
    /// </summary>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    /// <exception cref="StoreOpenException">The database cannot be opened; the message says what to do.</exception>
    public static PostgresStore Open(PostgresStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindProblem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        var address = PostgresAddress.Parse(options.ConnectionString);
        var place = PostgresAddress.PlaceOf(address);
        var errors = new PostgresErrors(place);
        var source = NpgsqlDataSource.Create(address);
        try
        {
            using var connection = source.OpenConnection();
            PostgresSchema.EnsureCurrent(connection, place);
            return new PostgresStore(new PostgresDatabase(source, errors));
        }
        catch (NpgsqlException error)
        {
            source.Dispose();
            throw errors.CannotOpen(error);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<CommitResult> CreateAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        CommitChecks.ThrowIfNotFirst(commit);
        var result = await _database.CommitAsync(CommitSteps.Create(commit, PostgresEntries.AtOnce(commit)), cancellationToken);
        // Of two that create the same instance at the same time, the slower one may meet the activation key before the id.
        return result is CommitResult.Rejected { Key: "activation" } && await FindAsync(commit.Row.Key, cancellationToken) is not null
            ? new CommitResult.Rejected("instance")
            : result;
    }

    /// <inheritdoc/>
    public Task<CommitResult> CommitAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        CommitChecks.ThrowIfInconsistent(commit);
        return _database.CommitAsync(CommitSteps.Commit(commit, PostgresEntries.AtOnce(commit)), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StoredInstance?> LoadAsync(InstanceKey key, CancellationToken cancellationToken) =>
        _database.ReadOneMomentAsync(session => LoadAsync(session, key, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(InstanceKey key, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        var payloads = new Dictionary<string, ReadOnlyMemory<byte>>();
        // A payload never changes: they need not be read at one moment.
        foreach (var hash in hashes.Distinct())
        {
            var statement = new Statement(QuerySql.FindPayload, key.TenantId, key.InstanceId, hash);
            payloads[hash] = Integrity.Payload(key, hash, await FirstAsync(statement, StoredRows.Blob, cancellationToken));
        }

        return payloads;
    }

    /// <summary>Closes the connections that are not in use, and each of the others when its call ends.</summary>
    public void Dispose() => _database.Dispose();

    private static async Task<StoredInstance?> LoadAsync(PostgresSession session, InstanceKey key, CancellationToken cancellationToken)
    {
        var (tenant, id) = (key.TenantId, key.InstanceId);
        if (await session.FirstAsync(new(QuerySql.FindInstance, tenant, id), StoredRows.Instance, cancellationToken) is not { } row)
        {
            return null;
        }

        var snapshot = await session.FirstAsync(new(QuerySql.FindSnapshot, tenant, id), StoredRows.Blob, cancellationToken);
        var from = row.SnapshotSequence + 1;
        var tail = await session.QueryAsync(new(QuerySql.FindEntries, tenant, id, from), StoredRows.Entry, cancellationToken);
        return Integrity.Instance(row, snapshot, Unpack(tail, from, int.MaxValue));
    }

    private static List<EntryRow> Unpack(IEnumerable<EntryRow> rows, long fromSequence, int limit) =>
        [.. rows.SelectMany(EntryBlocks.Unpack).SkipWhile(entry => entry.Sequence < fromSequence).Take(limit)];

    private Task<T?> FirstAsync<T>(Statement statement, Func<StoredRow, T> read, CancellationToken cancellationToken) =>
        _database.ReadAsync(session => session.FirstAsync(statement, read, cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<T>> QueryAsync<T>(Statement statement, Func<StoredRow, T> read, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(statement, read, cancellationToken), cancellationToken);
}
