using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <content>Leases, timers, inbox and outbox.</content>
public sealed partial class PostgresStore
{
    // Held from before the change until after the answer is read: the answer is that of this change, not of a later one.
    private const string LockLease = $"{WorkSql.FindLease} FOR UPDATE";

    /// <inheritdoc/>
    public Task<Lease?> TryAcquireLeaseAsync(InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return TakeAsync(
            key,
            new(WorkSql.TakeFreeLease, owner.Host, owner.BootId, owner.ProcessId, owner.ProcessStart, expiresAt, key.TenantId, key.InstanceId, now),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Lease?> TakeOverLeaseAsync(InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dead);
        ArgumentNullException.ThrowIfNull(owner);
        return TakeAsync(
            key,
            new(
                WorkSql.TakeLeaseOfDead, owner.Host, owner.BootId, owner.ProcessId, owner.ProcessStart, expiresAt, key.TenantId, key.InstanceId,
                dead.Host, dead.BootId, dead.ProcessId, dead.ProcessStart),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReleaseLeaseAsync(InstanceKey key, Owner owner, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return WriteAsync(
            new(WorkSql.ReleaseOwnLease, key.TenantId, key.InstanceId, owner.Host, owner.BootId, owner.ProcessId, owner.ProcessStart), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceRow Row, Lease? Lease)>> ListExecutingAsync(string tenantId, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return QueryAsync(new(WorkSql.FindExecuting, tenantId, limit), StoredRows.InstanceWithLease, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Lease?> FindLeaseAsync(InstanceKey key, CancellationToken cancellationToken) =>
        FirstAsync(new(WorkSql.FindLease, key.TenantId, key.InstanceId), StoredRows.Lease, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, TimerRow Timer)>> ReadDueTimersAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return QueryAsync(new(WorkSql.FindDueTimers, now, limit), StoredRows.Timer, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> EnqueueAsync(InboxRow stimulus, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stimulus);
        var (tenant, instance) = (stimulus.Instance.TenantId, stimulus.Instance.InstanceId);
        return await WriteAsync(
            new(WorkSql.InsertStimulus, stimulus.Id, tenant, instance, stimulus.Kind, stimulus.Payload, stimulus.CreatedAt), cancellationToken) > 0;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<InboxRow>> ReadInboxAsync(InstanceKey key, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return QueryAsync(new(WorkSql.FindStimuli, key.TenantId, key.InstanceId, limit), StoredRows.Inbox, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, OutboxRow Row)>> ReadOutboxAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return QueryAsync(new(WorkSql.FindOutbox, limit), StoredRows.Outbox, cancellationToken);
    }

    /// <inheritdoc/>
    public Task CompleteOutboxAsync(InstanceKey instance, string outboxId, CancellationToken cancellationToken) =>
        WriteAsync(new(WorkSql.DeleteOutbox, instance.TenantId, instance.InstanceId, outboxId), cancellationToken);

    private Task<Lease?> TakeAsync(InstanceKey key, Statement take, CancellationToken cancellationToken)
    {
        var (tenant, id) = (key.TenantId, key.InstanceId);
        return _database.WriteAsync(
            session => session.LastAsync([new(LockLease, tenant, id), take, new(WorkSql.FindLease, tenant, id)], StoredRows.Lease, cancellationToken), cancellationToken);
    }

    private Task<int> WriteAsync(Statement statement, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => session.ExecuteAsync(statement, cancellationToken), cancellationToken);
}
