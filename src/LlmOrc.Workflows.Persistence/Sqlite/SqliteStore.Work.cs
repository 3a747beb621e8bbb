using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using static LlmOrc.Workflows.Persistence.Sql.WorkSql;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <content>Leases, timers, inbox and outbox.</content>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<Lease?> TryAcquireLeaseAsync(InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return _writer.WriteAsync(0, statements => WorkStatements.TryAcquire(statements, key, owner, now, expiresAt), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Lease?> TakeOverLeaseAsync(InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dead);
        ArgumentNullException.ThrowIfNull(owner);
        return _writer.WriteAsync(0, statements => WorkStatements.TakeOver(statements, key, dead, owner, expiresAt), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReleaseLeaseAsync(InstanceKey key, Owner owner, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return _writer.WriteAsync(0, statements => WorkStatements.Release(statements, key, owner), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceRow Row, Lease? Lease)>> ListExecutingAsync(string tenantId, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(statements => statements.Query(FindExecuting, StoredRows.InstanceWithLease, tenantId, limit), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Lease?> FindLeaseAsync(InstanceKey key, CancellationToken cancellationToken) =>
        _readers.ReadAsync(statements => statements.First(FindLease, StoredRows.Lease, key.TenantId, key.InstanceId), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, TimerRow Timer)>> ReadDueTimersAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(statements => statements.Query(FindDueTimers, StoredRows.Timer, now, limit), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> EnqueueAsync(InboxRow stimulus, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stimulus);
        return _writer.WriteAsync(stimulus.Payload.Length, statements => WorkStatements.Enqueue(statements, stimulus), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<InboxRow>> ReadInboxAsync(InstanceKey key, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(statements => statements.Query(FindStimuli, StoredRows.Inbox, key.TenantId, key.InstanceId, limit), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, OutboxRow Row)>> ReadOutboxAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(statements => statements.Query(FindOutbox, StoredRows.Outbox, limit), cancellationToken);
    }

    /// <inheritdoc/>
    public Task CompleteOutboxAsync(InstanceKey instance, string outboxId, CancellationToken cancellationToken) =>
        _writer.WriteAsync(0, statements => WorkStatements.CompleteOutbox(statements, instance, outboxId), cancellationToken);
}
