using LlmOrc.Workflows.Persistence.Model;

namespace LlmOrc.Workflows.Persistence.Sql;

/// <summary>The statements that a commit is made of, as every database of ours understands them.</summary>
internal static class CommitSql
{
    public const string FindOtherRunning =
        "SELECT 1 FROM instances WHERE tenant_id = @tenant AND activation_key = @activation AND status = 'running' AND id <> @id";

    public const string FindInstance = "SELECT 1 FROM instances WHERE tenant_id = @tenant AND id = @id";

    public const string InsertInstance = $"""
        INSERT INTO instances ({StoredRows.InstanceColumns}, {StoredRows.LeaseColumns})
        VALUES (@tenant, @id, @definition, @version_id, @definition_version, @document, @name, @correlation, @status, @sub_status,
            @incidents, @created, @updated, @finished, @version, @commit, @last, @snapshot, @activation, @host, @boot, @process, @start, @expires)
        ON CONFLICT (tenant_id, id) DO NOTHING
        """;

    // The fence: nothing is changed unless the stored version is the expected one.
    public const string UpdateInstance = """
        UPDATE instances SET name = @name, status = @status, sub_status = @sub_status, incident_count = @incidents, updated_at = @updated,
            finished_at = @finished, version = @version, commit_id = @commit, last_sequence = @last,
            snapshot_sequence = COALESCE(@snapshot, snapshot_sequence), activation_key = @activation, lease_host = @host, lease_boot_id = @boot,
            lease_process_id = @process, lease_process_start = @start, lease_expires_at = @expires
        WHERE tenant_id = @tenant AND id = @id AND version = @expected
        """;

    // Apart from the rest, because these hardly ever change, and an index on a column that is set is rewritten even where its value stays.
    public const string UpdateIdentity = """
        UPDATE instances SET definition_id = @definition, definition_version_id = @version_id, definition_version = @definition_version,
            document_hash = @document, correlation_id = @correlation, created_at = @created
        WHERE tenant_id = @tenant AND id = @id
            AND (definition_id <> @definition OR definition_version_id <> @version_id OR definition_version <> @definition_version
                OR document_hash <> @document OR correlation_id IS DISTINCT FROM @correlation OR created_at <> @created)
        """;

    public const string InsertEntry = $"""
        INSERT INTO entries (tenant_id, instance_id, {StoredRows.EntryColumns})
        VALUES (@tenant, @instance, @sequence, @type, @time, @execution, @data)
        """;

    public const string InsertFirstEntry = $"""
        INSERT INTO entries (tenant_id, instance_id, {StoredRows.EntryColumns})
        SELECT @tenant, @instance, @sequence, @type, @time, @execution, @data
        WHERE NOT EXISTS (SELECT 1 FROM entries WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from)
        """;

    public const string UpsertSnapshot = """
        INSERT INTO snapshots (tenant_id, instance_id, data) VALUES (@tenant, @instance, @data)
        ON CONFLICT (tenant_id, instance_id) DO UPDATE SET data = excluded.data
        """;

    public const string UpsertBookmark = $"""
        INSERT INTO bookmarks ({StoredRows.BookmarkColumns})
        VALUES (@id, @execution, @activity, @name, @payload, @multi, @status, @created, @consumed, @stimulus, @tenant, @instance)
        ON CONFLICT (tenant_id, id) DO UPDATE SET execution_id = excluded.execution_id, activity_id = excluded.activity_id, name = excluded.name,
            payload = excluded.payload, is_multi_use = excluded.is_multi_use, status = excluded.status, created_at = excluded.created_at,
            consumed_at = excluded.consumed_at, stimulus_id = excluded.stimulus_id
        WHERE bookmarks.instance_id = excluded.instance_id
        """;

    public const string UpsertTimer = $"""
        INSERT INTO timers ({StoredRows.TimerColumns}) VALUES (@id, @execution, @name, @due, @tenant, @instance)
        ON CONFLICT (tenant_id, instance_id, id) DO UPDATE SET execution_id = excluded.execution_id, name = excluded.name, due_at = excluded.due_at
        """;

    public const string DeleteTimer = "DELETE FROM timers WHERE tenant_id = @tenant AND instance_id = @instance AND id = @id";

    public const string InsertMessage = $"""
        INSERT INTO messages ({StoredRows.MessageColumns}, tenant_id, instance_id)
        VALUES (@id, @conversation, @sequence, @sender, @recipient, @content, @kind, @time, @execution, @call, @tenant, @instance)
        ON CONFLICT DO NOTHING
        """;

    public const string UpsertCall = $"""
        INSERT INTO metered_calls ({StoredRows.CallColumns}, tenant_id, instance_id)
        VALUES (@id, @execution, @attempt, @step, @agent, @provider, @model, @request, @prompt_tokens, @completion_tokens, @cost, @latency, @status,
            @message, @started, @tenant, @instance)
        ON CONFLICT (tenant_id, id) DO UPDATE SET execution_id = excluded.execution_id, attempt = excluded.attempt, step = excluded.step,
            agent = excluded.agent, provider = excluded.provider, model = excluded.model, request_hash = excluded.request_hash,
            prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens, cost = excluded.cost,
            latency_ms = excluded.latency_ms, status = excluded.status, message_id = excluded.message_id, started_at = excluded.started_at
        WHERE metered_calls.instance_id = excluded.instance_id
        """;

    public const string InsertOutbox = $"""
        INSERT INTO outbox ({StoredRows.OutboxColumns}) VALUES (@id, @kind, @target, @payload, @created, @tenant, @instance)
        ON CONFLICT DO NOTHING
        """;

    // A stimulus that never was enqueued is used up too, so that it cannot come later.
    public const string ConsumeStimulus = """
        INSERT INTO inbox (tenant_id, instance_id, id, kind, payload, created_at, consumed_version)
        VALUES (@tenant, @instance, @id, '', @nothing, @time, @version)
        ON CONFLICT (tenant_id, instance_id, id) DO UPDATE SET consumed_version = excluded.consumed_version, payload = excluded.payload
        WHERE inbox.consumed_version IS NULL
        """;

    public const string InsertPayload = """
        INSERT INTO payloads (tenant_id, instance_id, hash, data) VALUES (@tenant, @instance, @hash, @data)
        ON CONFLICT DO NOTHING
        """;
}
