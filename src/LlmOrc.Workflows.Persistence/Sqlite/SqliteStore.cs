using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using Microsoft.Data.Sqlite;
using static LlmOrc.Workflows.Persistence.Sql.QuerySql;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>All four seams on one SQLite file. Several processes may use the same file at the same time.</summary>
public sealed partial class SqliteStore : IInstanceStore, IInstanceQueries, IDefinitionStore, IWorkQueue, IDisposable
{
    private readonly SqliteCommitWriter _writer;
    private readonly SqliteReaders _readers;

    private SqliteStore(SqliteConnections connections, SqliteConnection writer, Action<Statements>? commit)
    {
        _writer = new SqliteCommitWriter(connections, writer, commit);
        _readers = new SqliteReaders(connections);
    }

    /// <summary>Transactions this store has committed.</summary>
    internal long TransactionCount => _writer.TransactionCount;

    /// <summary>
    /// Opens a database, creates it where it is missing, and brings an older one to the schema of this build. Takes a few milliseconds where
    /// there is nothing to migrate; blocks for up to <see cref="SqliteStoreOptions.BusyTimeout"/> where another process is at it.
    /// </summary>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    /// <exception cref="StoreOpenException">The database cannot be opened; the message says what to do.</exception>
    public static SqliteStore Open(SqliteStoreOptions options) => Open(options, commit: null);

    /// <param name="commit">Ends a transaction of the writer; a test may lose its answer.</param>
    internal static SqliteStore Open(SqliteStoreOptions options, Action<Statements>? commit)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindProblem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        var connections = new SqliteConnections(DatabaseFile.Prepare(options.Path), options);
        SqliteConnection? writer = null;
        try
        {
            writer = connections.OpenWriter();
            DatabaseFile.ThrowIfReadOnly(writer, connections.Path);
            SqliteSchema.EnsureCurrent(writer, connections.Path);
            return new SqliteStore(connections, writer, commit);
        }
        catch (SqliteException error)
        {
            writer?.Dispose();
            throw connections.Errors.CannotOpen(error);
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<CommitResult> CreateAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        CommitChecks.ThrowIfNotFirst(commit);
        return _writer.CommitAsync(commit, CommitStatements.Create, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<CommitResult> CommitAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        CommitChecks.ThrowIfInconsistent(commit);
        return _writer.CommitAsync(commit, CommitStatements.Commit, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StoredInstance?> LoadAsync(InstanceKey key, CancellationToken cancellationToken) =>
        _readers.ReadAsync(statements => Load(statements, key), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(InstanceKey key, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        return _readers.ReadAsync<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>>(
            statements => hashes.Distinct().ToDictionary(hash => hash, hash => ReadPayload(statements, key, hash)), cancellationToken);
    }

    /// <summary>Writes what waits, and closes the database.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _readers.Dispose();
    }

    private static StoredInstance? Load(Statements statements, InstanceKey key)
    {
        var (tenant, id) = (key.TenantId, key.InstanceId);
        if (statements.First(FindInstance, StoredRows.Instance, tenant, id) is not { } row)
        {
            return null;
        }

        var snapshot = statements.First(FindSnapshot, StoredRows.Blob, tenant, id);
        return Integrity.Instance(row, snapshot, ReadEntries(statements, key, row.SnapshotSequence + 1, int.MaxValue));
    }

    private static ReadOnlyMemory<byte> ReadPayload(Statements statements, InstanceKey key, string hash) =>
        Integrity.Payload(key, hash, statements.First(FindPayload, StoredRows.Blob, key.TenantId, key.InstanceId, hash));
}
