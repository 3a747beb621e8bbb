using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>The columns to select for each kind of row, and how to read them in that order.</summary>
internal static class StoredRows
{
    public const string InstanceColumns =
        "tenant_id, id, definition_id, definition_version_id, definition_version, document_hash, name, correlation_id, status, sub_status, "
        + "incident_count, created_at, updated_at, finished_at, version, commit_id, last_sequence, snapshot_sequence, activation_key";

    public const string LeaseColumns = "lease_host, lease_boot_id, lease_process_id, lease_process_start, lease_expires_at";

    public const string EntryColumns = "sequence, type, time, execution_id, data";

    public const string BookmarkColumns =
        "id, execution_id, activity_id, name, payload, is_multi_use, status, created_at, consumed_at, stimulus_id, tenant_id, instance_id";

    public const string MessageColumns = "id, conversation_id, sequence, sender, recipient, content, kind, time, execution_id, call_id";

    public const string CallColumns =
        "id, execution_id, attempt, step, agent, provider, model, request_hash, prompt_tokens, completion_tokens, cost, latency_ms, status, "
        + "message_id, started_at";

    public const string TimerColumns = "id, execution_id, name, due_at, tenant_id, instance_id";

    public const string InboxColumns = "id, tenant_id, instance_id, kind, payload, created_at";

    public const string OutboxColumns = "id, kind, target, payload, created_at, tenant_id, instance_id";

    private const int InstanceColumnCount = 19;

    public static InstanceRow Instance(StoredRow row) => new()
    {
        Key = new InstanceKey(row.Text(0), row.Text(1)),
        DefinitionId = row.Text(2),
        DefinitionVersionId = row.Text(3),
        DefinitionVersion = row.Int(4),
        DocumentHash = row.Text(5),
        Name = row.OptionalText(6),
        CorrelationId = row.OptionalText(7),
        Status = StoredNames.ToInstanceStatus(row.Text(8)),
        SubStatus = StoredNames.ToInstanceSubStatus(row.Text(9)),
        IncidentCount = row.Int(10),
        CreatedAt = row.Time(11),
        UpdatedAt = row.Time(12),
        FinishedAt = row.OptionalTime(13),
        Version = row.Long(14),
        CommitId = row.Id(15),
        LastSequence = row.Long(16),
        SnapshotSequence = row.Long(17),
        ActivationKey = row.OptionalText(18),
    };

    /// <summary>Reads <see cref="InstanceColumns"/> and then <see cref="LeaseColumns"/>.</summary>
    public static (InstanceRow Row, Lease? Lease) InstanceWithLease(StoredRow row) => (Instance(row), Lease(row, InstanceColumnCount));

    public static Lease? Lease(StoredRow row) => Lease(row, 0);

    public static EntryRow Entry(StoredRow row) =>
        new(row.Long(0), row.Text(1), row.Time(2), row.Long(3), row.Data(4));

    public static BookmarkRow Bookmark(StoredRow row) => new(
        row.Text(0), row.Long(1), row.Text(2), row.Text(3), row.Data(4), row.Flag(5),
        StoredNames.ToBookmarkStatus(row.Text(6)), row.Time(7), row.OptionalTime(8), row.OptionalText(9));

    public static (InstanceKey Instance, BookmarkRow Bookmark)? BookmarkWithInstance(StoredRow row) => (Key(row, 10), Bookmark(row));

    public static TranscriptMessage Message(StoredRow row) => new()
    {
        Id = row.Text(0),
        ConversationId = row.Text(1),
        Sequence = row.Long(2),
        Sender = row.Text(3),
        Recipient = row.OptionalText(4),
        Content = row.Text(5),
        Kind = row.Text(6),
        Time = row.Time(7),
        ExecutionId = row.Long(8),
        CallId = row.OptionalText(9),
    };

    public static MeteredCall Call(StoredRow row) => new()
    {
        Id = row.Text(0),
        ExecutionId = row.Long(1),
        Attempt = row.Int(2),
        Step = row.Text(3),
        Agent = row.OptionalText(4),
        Provider = row.OptionalText(5),
        Model = row.OptionalText(6),
        RequestHash = row.OptionalText(7),
        PromptTokens = row.Long(8),
        CompletionTokens = row.Long(9),
        Cost = row.Number(10),
        LatencyMilliseconds = row.Long(11),
        Status = StoredNames.ToMeteredCallStatus(row.Text(12)),
        MessageId = row.OptionalText(13),
        StartedAt = row.Time(14),
    };

    public static (InstanceKey Instance, TimerRow Timer) Timer(StoredRow row) =>
        (Key(row, 4), new TimerRow(row.Text(0), row.Long(1), row.Text(2), row.Time(3)));

    public static InboxRow Inbox(StoredRow row) => new(row.Text(0), Key(row, 1), row.Text(3), row.Data(4), row.Time(5));

    public static (InstanceKey Instance, OutboxRow Row) Outbox(StoredRow row) =>
        (Key(row, 5), new OutboxRow(row.Text(0), row.Text(1), row.Text(2), row.Data(3), row.Time(4)));

    /// <summary>A blob that is the only column; nullable, so that a missing row is told from an empty one.</summary>
    public static ReadOnlyMemory<byte>? Blob(StoredRow row) => row.Data(0);

    private static Lease? Lease(StoredRow row, int first) => row.IsNull(first + 4)
        ? null
        : new Lease(new Owner(row.Text(first), row.Text(first + 1), row.Int(first + 2), row.Long(first + 3)), row.Time(first + 4));

    private static InstanceKey Key(StoredRow row, int column) => new(row.Text(column), row.Text(column + 1));
}
