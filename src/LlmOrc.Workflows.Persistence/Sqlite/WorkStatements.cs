using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Writes leases, inbox, outbox and documents within a transaction that its caller holds.</summary>
internal static class WorkStatements
{
    public const string FindLease = $"SELECT {StoredRows.LeaseColumns} FROM instances WHERE tenant_id = @tenant AND id = @id";

    private const string TakeLease = """
        UPDATE instances SET lease_host = @host, lease_boot_id = @boot, lease_process_id = @process, lease_process_start = @start,
            lease_expires_at = @expires
        WHERE tenant_id = @tenant AND id = @id AND (lease_expires_at IS NULL
        """;

    private const string IsOwn =
        "OR (lease_host = @host AND lease_boot_id = @boot AND lease_process_id = @process AND lease_process_start = @start)";

    private const string TakeFreeLease = $"{TakeLease} {IsOwn} OR lease_expires_at <= @now)";

    private const string TakeLeaseOfDead = $"""
        {TakeLease} {IsOwn}
            OR (lease_host = @dead_host AND lease_boot_id = @dead_boot AND lease_process_id = @dead_process AND lease_process_start = @dead_start))
        """;

    private const string ReleaseOwnLease = """
        UPDATE instances SET lease_host = NULL, lease_boot_id = NULL, lease_process_id = NULL, lease_process_start = NULL, lease_expires_at = NULL
        WHERE tenant_id = @tenant AND id = @id
            AND lease_host = @host AND lease_boot_id = @boot AND lease_process_id = @process AND lease_process_start = @start
        """;

    private const string InsertStimulus = $"""
        INSERT INTO inbox ({StoredRows.InboxColumns}) VALUES (@id, @tenant, @instance, @kind, @payload, @created) ON CONFLICT DO NOTHING
        """;

    private const string DeleteOutbox = "DELETE FROM outbox WHERE tenant_id = @tenant AND instance_id = @instance AND id = @id";

    private const string InsertDocument = "INSERT INTO documents (tenant_id, hash, data) VALUES (@tenant, @hash, @data) ON CONFLICT DO NOTHING";

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
