using LlmOrc.Workflows.Persistence.Model;

namespace LlmOrc.Workflows.Persistence.Sql;

/// <summary>The statements for leases, timers, inbox, outbox and documents.</summary>
internal static class WorkSql
{
    // The conditions of the partial index, word for word: SQLite uses it only then.
    public const string FindExecuting = $"""
        SELECT {StoredRows.InstanceColumns}, {StoredRows.LeaseColumns} FROM instances
        WHERE tenant_id = @tenant AND status = 'running' AND (lease_expires_at IS NOT NULL OR sub_status IN ('pending', 'executing'))
        ORDER BY created_at, id LIMIT @limit
        """;

    public const string FindDueTimers = $"SELECT {StoredRows.TimerColumns} FROM timers WHERE due_at <= @now ORDER BY due_at LIMIT @limit";

    public const string FindStimuli = $"""
        SELECT {StoredRows.InboxColumns} FROM inbox
        WHERE tenant_id = @tenant AND instance_id = @instance AND consumed_version IS NULL ORDER BY ordinal LIMIT @limit
        """;

    public const string FindOutbox = $"SELECT {StoredRows.OutboxColumns} FROM outbox ORDER BY ordinal LIMIT @limit";

    public const string FindLease = $"SELECT {StoredRows.LeaseColumns} FROM instances WHERE tenant_id = @tenant AND id = @id";

    private const string TakeLease = """
        UPDATE instances SET lease_host = @host, lease_boot_id = @boot, lease_process_id = @process, lease_process_start = @start,
            lease_expires_at = @expires
        WHERE tenant_id = @tenant AND id = @id AND (lease_expires_at IS NULL
        """;

    private const string IsOwn =
        "OR (lease_host = @host AND lease_boot_id = @boot AND lease_process_id = @process AND lease_process_start = @start)";

    public const string TakeFreeLease = $"{TakeLease} {IsOwn} OR lease_expires_at <= @now)";

    public const string TakeLeaseOfDead = $"""
        {TakeLease} {IsOwn}
            OR (lease_host = @dead_host AND lease_boot_id = @dead_boot AND lease_process_id = @dead_process AND lease_process_start = @dead_start))
        """;

    public const string ReleaseOwnLease = """
        UPDATE instances SET lease_host = NULL, lease_boot_id = NULL, lease_process_id = NULL, lease_process_start = NULL, lease_expires_at = NULL
        WHERE tenant_id = @tenant AND id = @id
            AND lease_host = @host AND lease_boot_id = @boot AND lease_process_id = @process AND lease_process_start = @start
        """;

    public const string InsertStimulus = $"""
        INSERT INTO inbox ({StoredRows.InboxColumns}) VALUES (@id, @tenant, @instance, @kind, @payload, @created) ON CONFLICT DO NOTHING
        """;

    public const string DeleteOutbox = "DELETE FROM outbox WHERE tenant_id = @tenant AND instance_id = @instance AND id = @id";

    public const string InsertDocument = "INSERT INTO documents (tenant_id, hash, data) VALUES (@tenant, @hash, @data) ON CONFLICT DO NOTHING";
}
