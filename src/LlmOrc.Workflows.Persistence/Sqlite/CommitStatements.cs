using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Writes a commit within a transaction that its caller holds; whatever it answers but Committed, the caller rolls back.</summary>
internal static class CommitStatements
{
    private const string FindOtherRunning =
        "SELECT 1 FROM instances WHERE tenant_id = @tenant AND activation_key = @activation AND status = 'running' AND id <> @id";

    private const string FindInstance = "SELECT 1 FROM instances WHERE tenant_id = @tenant AND id = @id";

    private const string InsertInstance = $"""
        INSERT INTO instances ({StoredRows.InstanceColumns}, {StoredRows.LeaseColumns})
        VALUES (@tenant, @id, @definition, @version_id, @definition_version, @document, @name, @correlation, @status, @sub_status,
            @incidents, @created, @updated, @finished, @version, @commit, @last, @snapshot, @activation, @host, @boot, @process, @start, @expires)
        ON CONFLICT (tenant_id, id) DO NOTHING
        """;

    // The fence: nothing is changed unless the stored version is the expected one.
    private const string UpdateInstance = """
        UPDATE instances SET name = @name, status = @status, sub_status = @sub_status, incident_count = @incidents, updated_at = @updated,
            finished_at = @finished, version = @version, commit_id = @commit, last_sequence = @last,
            snapshot_sequence = COALESCE(@snapshot, snapshot_sequence), activation_key = @activation, lease_host = @host, lease_boot_id = @boot,
            lease_process_id = @process, lease_process_start = @start, lease_expires_at = @expires
        WHERE tenant_id = @tenant AND id = @id AND version = @expected
        """;

    // Apart from the rest, because these hardly ever change, and an index on a column that is set is rewritten even where its value stays.
    private const string UpdateIdentity = """
        UPDATE instances SET definition_id = @definition, definition_version_id = @version_id, definition_version = @definition_version,
            document_hash = @document, correlation_id = @correlation, created_at = @created
        WHERE tenant_id = @tenant AND id = @id
            AND (definition_id <> @definition OR definition_version_id <> @version_id OR definition_version <> @definition_version
                OR document_hash <> @document OR correlation_id IS NOT @correlation OR created_at <> @created)
        """;

    // Asked, because the key of a block tells only its last entry.
    private const string FindEntryFrom = "SELECT 1 FROM entries WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from LIMIT 1";

    private const string InsertEntry = $"""
        INSERT INTO entries (tenant_id, instance_id, {StoredRows.EntryColumns})
        VALUES (@tenant, @instance, @sequence, @type, @time, @execution, @data)
        """;

    private const string UpsertSnapshot = """
        INSERT INTO snapshots (tenant_id, instance_id, data) VALUES (@tenant, @instance, @data)
        ON CONFLICT (tenant_id, instance_id) DO UPDATE SET data = excluded.data
        """;

    private const string UpsertBookmark = $"""
        INSERT INTO bookmarks ({StoredRows.BookmarkColumns})
        VALUES (@id, @execution, @activity, @name, @payload, @multi, @status, @created, @consumed, @stimulus, @tenant, @instance)
        ON CONFLICT (tenant_id, id) DO UPDATE SET execution_id = excluded.execution_id, activity_id = excluded.activity_id, name = excluded.name,
            payload = excluded.payload, is_multi_use = excluded.is_multi_use, status = excluded.status, created_at = excluded.created_at,
            consumed_at = excluded.consumed_at, stimulus_id = excluded.stimulus_id
        WHERE bookmarks.instance_id = excluded.instance_id
        """;

    private const string UpsertTimer = $"""
        INSERT INTO timers ({StoredRows.TimerColumns}) VALUES (@id, @execution, @name, @due, @tenant, @instance)
        ON CONFLICT (tenant_id, instance_id, id) DO UPDATE SET execution_id = excluded.execution_id, name = excluded.name, due_at = excluded.due_at
        """;

    private const string DeleteTimer = "DELETE FROM timers WHERE tenant_id = @tenant AND instance_id = @instance AND id = @id";

    private const string InsertMessage = $"""
        INSERT INTO messages ({StoredRows.MessageColumns}, tenant_id, instance_id)
        VALUES (@id, @conversation, @sequence, @sender, @recipient, @content, @kind, @time, @execution, @call, @tenant, @instance)
        ON CONFLICT DO NOTHING
        """;

    private const string UpsertCall = $"""
        INSERT INTO metered_calls ({StoredRows.CallColumns}, tenant_id, instance_id)
        VALUES (@id, @execution, @attempt, @step, @agent, @provider, @model, @request, @prompt_tokens, @completion_tokens, @cost, @latency, @status,
            @message, @started, @tenant, @instance)
        ON CONFLICT (tenant_id, id) DO UPDATE SET execution_id = excluded.execution_id, attempt = excluded.attempt, step = excluded.step,
            agent = excluded.agent, provider = excluded.provider, model = excluded.model, request_hash = excluded.request_hash,
            prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens, cost = excluded.cost,
            latency_ms = excluded.latency_ms, status = excluded.status, message_id = excluded.message_id, started_at = excluded.started_at
        WHERE metered_calls.instance_id = excluded.instance_id
        """;

    private const string InsertOutbox = $"""
        INSERT INTO outbox ({StoredRows.OutboxColumns}) VALUES (@id, @kind, @target, @payload, @created, @tenant, @instance)
        ON CONFLICT DO NOTHING
        """;

    // A stimulus that never was enqueued is used up too, so that it cannot come later.
    private const string ConsumeStimulus = """
        INSERT INTO inbox (tenant_id, instance_id, id, kind, payload, created_at, consumed_version)
        VALUES (@tenant, @instance, @id, '', x'', @time, @version)
        ON CONFLICT (tenant_id, instance_id, id) DO UPDATE SET consumed_version = excluded.consumed_version, payload = excluded.payload
        WHERE inbox.consumed_version IS NULL
        """;

    private const string InsertPayload = """
        INSERT INTO payloads (tenant_id, instance_id, hash, data) VALUES (@tenant, @instance, @hash, @data)
        ON CONFLICT DO NOTHING
        """;

    public static CommitResult Create(Statements statements, InstanceCommit commit)
    {
        var row = commit.Row;
        var (tenant, id) = (row.Key.TenantId, row.Key.InstanceId);
        if (row.ActivationKey is not null)
        {
            if (statements.Exists(FindInstance, tenant, id))
            {
                return new CommitResult.Rejected("instance");
            }

            if (statements.Exists(FindOtherRunning, tenant, row.ActivationKey, id))
            {
                return new CommitResult.Rejected("activation");
            }
        }

        var inserted = statements.Execute(
            InsertInstance, tenant, id, row.DefinitionId, row.DefinitionVersionId, row.DefinitionVersion, row.DocumentHash, row.Name,
            row.CorrelationId, StoredNames.Of(row.Status), StoredNames.Of(row.SubStatus), row.IncidentCount, row.CreatedAt, row.UpdatedAt,
            row.FinishedAt, row.Version, row.CommitId, row.LastSequence, commit.Snapshot is null ? 0 : row.SnapshotSequence, row.ActivationKey,
            commit.Lease?.Owner.Host, commit.Lease?.Owner.BootId, commit.Lease?.Owner.ProcessId, commit.Lease?.Owner.ProcessStart,
            commit.Lease?.ExpiresAt);
        return inserted == 0 ? new CommitResult.Rejected("instance") : StoreParts(statements, commit);
    }

    public static CommitResult Commit(Statements statements, InstanceCommit commit)
    {
        var row = commit.Row;
        var (tenant, id) = (row.Key.TenantId, row.Key.InstanceId);
        try
        {
            var updated = statements.Execute(
                UpdateInstance, row.Name, StoredNames.Of(row.Status), StoredNames.Of(row.SubStatus), row.IncidentCount, row.UpdatedAt,
                row.FinishedAt, row.Version, row.CommitId, row.LastSequence, commit.Snapshot is null ? null : row.SnapshotSequence,
                row.ActivationKey, commit.Lease?.Owner.Host, commit.Lease?.Owner.BootId, commit.Lease?.Owner.ProcessId,
                commit.Lease?.Owner.ProcessStart, commit.Lease?.ExpiresAt, tenant, id, commit.ExpectedVersion);
            if (updated == 0)
            {
                return CommitResult.VersionConflict.Instance;
            }
        }
        catch (SqliteException taken) when (taken.SqliteErrorCode == SQLITE_CONSTRAINT)
        {
            // The only unique key that an update of a row can meet.
            return new CommitResult.Rejected("activation");
        }

        statements.Execute(
            UpdateIdentity, row.DefinitionId, row.DefinitionVersionId, row.DefinitionVersion, row.DocumentHash, row.CorrelationId, row.CreatedAt,
            tenant, id);
        return StoreParts(statements, commit);
    }

    private static CommitResult StoreParts(Statements statements, InstanceCommit commit)
    {
        var (tenant, instance) = (commit.Row.Key.TenantId, commit.Row.Key.InstanceId);
        foreach (var stimulus in commit.ConsumedInbox)
        {
            if (statements.Execute(ConsumeStimulus, tenant, instance, stimulus, commit.Row.UpdatedAt, commit.Row.Version) == 0)
            {
                return new CommitResult.Rejected("inbox");
            }
        }

        if (commit.Entries is [var first, ..] && statements.Exists(FindEntryFrom, tenant, instance, first.Sequence))
        {
            return new CommitResult.Rejected("sequence");
        }

        foreach (var entry in EntryBlocks.Pack(commit.Entries))
        {
            statements.Execute(InsertEntry, tenant, instance, entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, entry.Data);
        }

        if (commit.Snapshot is { } snapshot)
        {
            statements.Execute(UpsertSnapshot, tenant, instance, snapshot);
        }

        foreach (var bookmark in commit.Bookmarks)
        {
            if (Store(statements, tenant, instance, bookmark) == 0)
            {
                return new CommitResult.Rejected("bookmark");
            }
        }

        foreach (var message in commit.Messages)
        {
            if (Store(statements, tenant, instance, message) == 0)
            {
                return new CommitResult.Rejected("message");
            }
        }

        foreach (var call in commit.Calls)
        {
            if (Store(statements, tenant, instance, call) == 0)
            {
                return new CommitResult.Rejected("call");
            }
        }

        foreach (var row in commit.Outbox)
        {
            if (statements.Execute(InsertOutbox, row.Id, row.Kind, row.Target, row.Payload, row.CreatedAt, tenant, instance) == 0)
            {
                return new CommitResult.Rejected("outbox");
            }
        }

        StoreTimers(statements, tenant, instance, commit);
        foreach (var (hash, data) in commit.Payloads)
        {
            statements.Execute(InsertPayload, tenant, instance, hash, data);
        }

        return CommitResult.Committed.Instance;
    }

    private static int Store(Statements statements, string tenant, string instance, BookmarkRow bookmark) => statements.Execute(
        UpsertBookmark, bookmark.Id, bookmark.ExecutionId, bookmark.ActivityId, bookmark.Name, bookmark.Payload, bookmark.IsMultiUse,
        StoredNames.Of(bookmark.Status), bookmark.CreatedAt, bookmark.ConsumedAt, bookmark.StimulusId, tenant, instance);

    private static int Store(Statements statements, string tenant, string instance, TranscriptMessage message) => statements.Execute(
        InsertMessage, message.Id, message.ConversationId, message.Sequence, message.Sender, message.Recipient, message.Content, message.Kind,
        message.Time, message.ExecutionId, message.CallId, tenant, instance);

    private static int Store(Statements statements, string tenant, string instance, MeteredCall call) => statements.Execute(
        UpsertCall, call.Id, call.ExecutionId, call.Attempt, call.Step, call.Agent, call.Provider, call.Model, call.RequestHash,
        call.PromptTokens, call.CompletionTokens, call.Cost, call.LatencyMilliseconds, StoredNames.Of(call.Status), call.MessageId,
        call.StartedAt, tenant, instance);

    private static void StoreTimers(Statements statements, string tenant, string instance, InstanceCommit commit)
    {
        foreach (var timer in commit.AddedTimers)
        {
            statements.Execute(UpsertTimer, timer.Id, timer.ExecutionId, timer.Name, timer.DueAt, tenant, instance);
        }

        foreach (var id in commit.RemovedTimers)
        {
            statements.Execute(DeleteTimer, tenant, instance, id);
        }
    }
}
