using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using static LlmOrc.Workflows.Persistence.Sql.WorkSql;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Writes leases, inbox, outbox and documents within a transaction that its caller holds.</summary>
internal static class WorkStatements
{
    public static Lease? TryAcquire(Statements statements, InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt)
    {
        statements.Execute(
            TakeFreeLease, owner.Host, owner.BootId, owner.ProcessId, owner.ProcessStart, expiresAt, key.TenantId, key.InstanceId, now);
        return statements.First(FindLease, StoredRows.Lease, key.TenantId, key.InstanceId);
    }

    public static Lease? TakeOver(Statements statements, InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt)
    {
        statements.Execute(
            TakeLeaseOfDead, owner.Host, owner.BootId, owner.ProcessId, owner.ProcessStart, expiresAt, key.TenantId, key.InstanceId,
            dead.Host, dead.BootId, dead.ProcessId, dead.ProcessStart);
        return statements.First(FindLease, StoredRows.Lease, key.TenantId, key.InstanceId);
    }

    public static bool Release(Statements statements, InstanceKey key, Owner owner) =>
        statements.Execute(ReleaseOwnLease, key.TenantId, key.InstanceId, owner.Host, owner.BootId, owner.ProcessId, owner.ProcessStart) > 0;

    public static bool Enqueue(Statements statements, InboxRow stimulus) => statements.Execute(
        InsertStimulus, stimulus.Id, stimulus.Instance.TenantId, stimulus.Instance.InstanceId, stimulus.Kind, stimulus.Payload, stimulus.CreatedAt) > 0;

    public static bool CompleteOutbox(Statements statements, InstanceKey key, string outboxId) =>
        statements.Execute(DeleteOutbox, key.TenantId, key.InstanceId, outboxId) > 0;

    public static bool Put(Statements statements, string tenantId, string hash, ReadOnlyMemory<byte> document) =>
        statements.Execute(InsertDocument, tenantId, hash, document) > 0;
}
