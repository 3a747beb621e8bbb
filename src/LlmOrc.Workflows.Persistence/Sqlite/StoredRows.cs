using System.Data.Common;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Sqlite;

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

    public static InstanceRow Instance(DbDataReader row) => new()
    {
        Key = new InstanceKey(row.GetString(0), row.GetString(1)),
        DefinitionId = row.GetString(2),
        DefinitionVersionId = row.GetString(3),
        DefinitionVersion = row.GetInt32(4),
        DocumentHash = row.GetString(5),
        Name = Text(row, 6),
        CorrelationId = Text(row, 7),
        Status = StoredNames.ToInstanceStatus(row.GetString(8)),
        SubStatus = StoredNames.ToInstanceSubStatus(row.GetString(9)),
        IncidentCount = row.GetInt32(10),
        CreatedAt = Time(row, 11),
        UpdatedAt = Time(row, 12),
        FinishedAt = row.IsDBNull(13) ? null : Time(row, 13),
        Version = row.GetInt64(14),
        CommitId = row.GetGuid(15),
        LastSequence = row.GetInt64(16),
        SnapshotSequence = row.GetInt64(17),
        ActivationKey = Text(row, 18),
    };

    /// <summary>Reads <see cref="InstanceColumns"/> and then <see cref="LeaseColumns"/>.</summary>
    public static (InstanceRow Row, Lease? Lease) InstanceWithLease(DbDataReader row) => (Instance(row), Lease(row, InstanceColumnCount));

    public static Lease? Lease(DbDataReader row) => Lease(row, 0);

    public static EntryRow Entry(DbDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), Time(row, 2), row.GetInt64(3), Data(row, 4));

    public static BookmarkRow Bookmark(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetString(3), Data(row, 4), row.GetBoolean(5),
        StoredNames.ToBookmarkStatus(row.GetString(6)), Time(row, 7), row.IsDBNull(8) ? null : Time(row, 8), Text(row, 9));

    public static (InstanceKey Instance, BookmarkRow Bookmark)? BookmarkWithInstance(DbDataReader row) => (Key(row, 10), Bookmark(row));

    public static TranscriptMessage Message(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        ConversationId = row.GetString(1),
        Sequence = row.GetInt64(2),
        Sender = row.GetString(3),
        Recipient = Text(row, 4),
        Content = row.GetString(5),
        Kind = row.GetString(6),
        Time = Time(row, 7),
        ExecutionId = row.GetInt64(8),
        CallId = Text(row, 9),
    };

    public static MeteredCall Call(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        ExecutionId = row.GetInt64(1),
        Attempt = row.GetInt32(2),
        Step = row.GetString(3),
        Agent = Text(row, 4),
        Provider = Text(row, 5),
        Model = Text(row, 6),
        RequestHash = Text(row, 7),
        PromptTokens = row.GetInt64(8),
        CompletionTokens = row.GetInt64(9),
        Cost = row.GetDecimal(10),
        LatencyMilliseconds = row.GetInt64(11),
        Status = StoredNames.ToMeteredCallStatus(row.GetString(12)),
        MessageId = Text(row, 13),
        StartedAt = Time(row, 14),
    };

    public static (InstanceKey Instance, TimerRow Timer) Timer(DbDataReader row) =>
        (Key(row, 4), new TimerRow(row.GetString(0), row.GetInt64(1), row.GetString(2), Time(row, 3)));

    public static InboxRow Inbox(DbDataReader row) => new(row.GetString(0), Key(row, 1), row.GetString(3), Data(row, 4), Time(row, 5));

    public static (InstanceKey Instance, OutboxRow Row) Outbox(DbDataReader row) =>
        (Key(row, 5), new OutboxRow(row.GetString(0), row.GetString(1), row.GetString(2), Data(row, 3), Time(row, 4)));

    /// <summary>A blob that is the only column; nullable, so that a missing row is told from an empty one.</summary>
    public static ReadOnlyMemory<byte>? Blob(DbDataReader row) => Data(row, 0);

    private static ReadOnlyMemory<byte> Data(DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    private static Lease? Lease(DbDataReader row, int first) => row.IsDBNull(first + 4)
        ? null
        : new Lease(new Owner(row.GetString(first), row.GetString(first + 1), row.GetInt32(first + 2), row.GetInt64(first + 3)), Time(row, first + 4));

    private static InstanceKey Key(DbDataReader row, int column) => new(row.GetString(column), row.GetString(column + 1));

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);
}
