using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Storage;

/// <summary>Names an instance. The tenant is part of every key; the default tenant is the empty string.</summary>
public readonly record struct InstanceKey(string TenantId, string InstanceId)
{
    public override string ToString() => TenantId.Length == 0 ? InstanceId : $"{TenantId}/{InstanceId}";
}

public enum InstanceStatus
{
    Running,
    Finished,
}

public enum InstanceSubStatus
{
    Pending,
    Executing,
    Suspended,
    Finished,
    Cancelled,
    Faulted,
}

/// <summary>The small row of an instance: what lists show and what the version check compares.</summary>
public sealed record InstanceRow
{
    public required InstanceKey Key { get; init; }

    public required string DefinitionId { get; init; }

    public required string DefinitionVersionId { get; init; }

    public required int DefinitionVersion { get; init; }

    /// <summary>The pinned document, see <see cref="IDefinitionStore"/>.</summary>
    public required string DocumentHash { get; init; }

    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    public InstanceStatus Status { get; init; }

    public InstanceSubStatus SubStatus { get; init; }

    public int IncidentCount { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>One more with each commit; the fence.</summary>
    public long Version { get; init; }

    /// <summary>The commit that wrote <see cref="Version"/>; settles an unknown outcome.</summary>
    public Guid CommitId { get; init; }

    /// <summary>Sequence of the last journal entry; the first is 1.</summary>
    public long LastSequence { get; init; }

    /// <summary>Sequence the stored snapshot includes; 0 where there is none.</summary>
    public long SnapshotSequence { get; init; }

    /// <summary>Unique per tenant among running instances where set: at most one running instance per key.</summary>
    public string? ActivationKey { get; init; }
}

/// <summary>A journal entry as stored. <paramref name="Data"/> is UTF-8 JSON with large values replaced by payload references.</summary>
/// <param name="Type">Our own tag of its kind, e.g. <c>activity-completed</c>.</param>
public readonly record struct EntryRow(long Sequence, string Type, DateTimeOffset Time, long ExecutionId, ReadOnlyMemory<byte> Data);

public enum BookmarkStatus
{
    /// <summary>Waits for its stimulus.</summary>
    Open,

    /// <summary>A stimulus used it up; kept, so that a second answer is told from an unknown one.</summary>
    Consumed,

    /// <summary>Dropped: another one was first, or its execution or instance ended.</summary>
    Burned,
}

/// <summary>Where an instance waits, addressed by id.</summary>
/// <param name="Payload">UTF-8 JSON.</param>
/// <param name="StimulusId">The stimulus that consumed it.</param>
public sealed record BookmarkRow(
    string Id, long ExecutionId, string ActivityId, string Name, ReadOnlyMemory<byte> Payload, bool IsMultiUse, BookmarkStatus Status,
    DateTimeOffset CreatedAt, DateTimeOffset? ConsumedAt = null, string? StimulusId = null);

/// <summary>A durable timer of an instance.</summary>
public sealed record TimerRow(string Id, long ExecutionId, string Name, DateTimeOffset DueAt);

/// <summary>Something to be delivered outside, written by the commit that causes it.</summary>
/// <param name="Payload">UTF-8 JSON.</param>
public sealed record OutboxRow(string Id, string Kind, string Target, ReadOnlyMemory<byte> Payload, DateTimeOffset CreatedAt);

/// <summary>A stimulus for an instance, durable before it is acknowledged.</summary>
/// <param name="Id">The stimulus id; a second one with the same id is a repeat.</param>
/// <param name="Kind">What it is, e.g. <c>resume</c>, <c>cancel</c>, <c>message</c>.</param>
/// <param name="Payload">UTF-8 JSON.</param>
public sealed record InboxRow(string Id, InstanceKey Instance, string Kind, ReadOnlyMemory<byte> Payload, DateTimeOffset CreatedAt);

/// <summary>Everything one commit makes durable, in one transaction or not at all.</summary>
public sealed record InstanceCommit
{
    /// <summary>The row after this commit; <see cref="InstanceRow.Version"/> is <see cref="ExpectedVersion"/> + 1 and <see cref="InstanceRow.CommitId"/> is this commit's.</summary>
    public required InstanceRow Row { get; init; }

    /// <summary>The version the writer has seen; 0 for the first commit.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>Who holds the instance after this commit: each commit renews the writer's lease, and null gives it up.</summary>
    public Lease? Lease { get; init; }

    public IReadOnlyList<EntryRow> Entries { get; init; } = [];

    /// <summary>UTF-8 JSON of the state after <see cref="Entries"/>; null leaves the stored snapshot as it is.</summary>
    public ReadOnlyMemory<byte>? Snapshot { get; init; }

    /// <summary>Inserted or replaced by id.</summary>
    public IReadOnlyList<BookmarkRow> Bookmarks { get; init; } = [];

    /// <summary>Inserted or replaced by id; before <see cref="RemovedTimers"/>, so that one that came and went within the commit is gone.</summary>
    public IReadOnlyList<TimerRow> AddedTimers { get; init; } = [];

    public IReadOnlyList<string> RemovedTimers { get; init; } = [];

    public IReadOnlyList<TranscriptMessage> Messages { get; init; } = [];

    /// <summary>Inserted or replaced by id.</summary>
    public IReadOnlyList<MeteredCall> Calls { get; init; } = [];

    public IReadOnlyList<OutboxRow> Outbox { get; init; } = [];

    /// <summary>Stimuli this commit used up, enqueued before or not; a unique key makes each count once per instance.</summary>
    public IReadOnlyList<string> ConsumedInbox { get; init; } = [];

    /// <summary>Large values by SHA-256 (lower-case hex); one already stored for the instance stays.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Payloads { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();
}

/// <summary>What became of a commit.</summary>
public abstract record CommitResult
{
    private CommitResult()
    {
    }

    /// <summary>Durable.</summary>
    public sealed record Committed : CommitResult
    {
        public static readonly Committed Instance = new();
    }

    /// <summary>Somebody else has committed since; nothing of this commit is stored.</summary>
    public sealed record VersionConflict : CommitResult
    {
        public static readonly VersionConflict Instance = new();
    }

    /// <summary>A unique key forbids it; nothing of this commit is stored.</summary>
    /// <param name="Key">Which: <c>instance</c>, <c>activation</c>, <c>inbox</c>, <c>sequence</c>, <c>bookmark</c>, <c>message</c>, <c>call</c> or <c>outbox</c>.</param>
    public sealed record Rejected(string Key) : CommitResult;

    /// <summary>The answer was lost: re-read <see cref="InstanceRow.CommitId"/> to know.</summary>
    public sealed record Unknown(Exception Cause) : CommitResult;
}

/// <summary>What is needed to go on with an instance.</summary>
/// <param name="Snapshot">UTF-8 JSON of the state at <see cref="InstanceRow.SnapshotSequence"/>; null where there is none.</param>
/// <param name="Tail">Entries after the snapshot, in order.</param>
public sealed record StoredInstance(InstanceRow Row, ReadOnlyMemory<byte>? Snapshot, IReadOnlyList<EntryRow> Tail);
