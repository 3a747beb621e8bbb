using System.Security.Cryptography;
using System.Text;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.TestKit.Storage;

/// <summary>Commits and their parts with every field set, for tests of stores.</summary>
public static class Commits
{
    /// <summary>A time with a tick to lose.</summary>
    public static readonly DateTimeOffset Noon = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);

    public static readonly Owner Alice = new("alice", "boot-1", 4711, 638_000_000_000_000_001);

    public static readonly Owner Bob = new("bob", "boot-2", 42, 638_000_000_000_000_002);

    /// <summary>Creates an instance with one entry.</summary>
    public static InstanceCommit First(string id, string tenantId = "", Func<InstanceRow, InstanceRow>? change = null)
    {
        var row = new InstanceRow
        {
            Key = new InstanceKey(tenantId, id),
            DefinitionId = "review",
            DefinitionVersionId = "review-v3",
            DefinitionVersion = 3,
            DocumentHash = Hash("document"),
            Name = "Überprüfung \U0001F980",
            CorrelationId = "pull-17",
            Status = InstanceStatus.Running,
            SubStatus = InstanceSubStatus.Executing,
            CreatedAt = Noon,
            UpdatedAt = Noon,
            Version = 1,
            CommitId = Guid.NewGuid(),
            LastSequence = 1,
        };
        return new InstanceCommit { Row = change?.Invoke(row) ?? row, ExpectedVersion = 0, Entries = [Entry(1)] };
    }

    /// <summary>The commit after <paramref name="row"/>, with <paramref name="entryCount"/> entries.</summary>
    public static InstanceCommit Next(InstanceRow row, int entryCount = 1, Func<InstanceRow, InstanceRow>? change = null)
    {
        ArgumentNullException.ThrowIfNull(row);
        var next = row with
        {
            Version = row.Version + 1,
            CommitId = Guid.NewGuid(),
            LastSequence = row.LastSequence + entryCount,
            UpdatedAt = row.UpdatedAt.AddSeconds(1),
        };
        return new InstanceCommit
        {
            Row = change?.Invoke(next) ?? next,
            ExpectedVersion = row.Version,
            Entries = [.. Enumerable.Range(1, entryCount).Select(i => Entry(row.LastSequence + i))],
        };
    }

    /// <summary>Adds a snapshot of the state after its entries.</summary>
    public static InstanceCommit WithSnapshot(this InstanceCommit commit, string json)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return commit with { Snapshot = Utf8(json), Row = commit.Row with { SnapshotSequence = commit.Row.LastSequence } };
    }

    public static EntryRow Entry(long sequence) =>
        new(sequence, "activity-completed", Noon.AddTicks(sequence), sequence * 10, Utf8($$"""{"t":"activity-completed","x":{{sequence}}}"""));

    public static BookmarkRow Bookmark(string id, BookmarkStatus status = BookmarkStatus.Open) =>
        new(id, 7, "approve", "Approval", Utf8("""{"question":"Merge?"}"""), IsMultiUse: false, status, Noon);

    public static TimerRow Timer(string id, DateTimeOffset dueAt) => new(id, 8, "Delay", dueAt);

    public static OutboxRow Outbox(string id) => new(id, "child-completed", "parent-1", Utf8("""{"ok":true}"""), Noon);

    public static InboxRow Stimulus(string id, InstanceKey instance) => new(id, instance, "resume", Utf8("""{"answer":"yes"}"""), Noon);

    public static TranscriptMessage Message(string id, long sequence, string conversationId = "main") => new()
    {
        Id = id,
        ConversationId = conversationId,
        Sequence = sequence,
        Sender = "reviewer",
        Recipient = "author",
        Content = "Looks good \u2013 \u4F60\u597D \U0001F44D\0 and \"quotes\" -- '; DROP TABLE messages",
        Kind = "reply",
        Time = Noon.AddTicks(sequence),
        ExecutionId = 9,
        CallId = "call-1",
    };

    public static MeteredCall Call(string id, MeteredCallStatus status = MeteredCallStatus.Open) => new()
    {
        Id = id,
        ExecutionId = 9,
        Attempt = 2,
        Step = "turn",
        Agent = "reviewer",
        Provider = "simulated",
        Model = "tiny",
        RequestHash = Hash("request"),
        PromptTokens = 5_000_000_000,
        CompletionTokens = 12,
        Cost = 0.000000037512345678m,
        LatencyMilliseconds = 1234,
        Status = status,
        MessageId = "message-1",
        StartedAt = Noon,
    };

    /// <summary>Large values by their hashes.</summary>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Payloads(params byte[][] values) =>
        values.ToDictionary(Hash, value => (ReadOnlyMemory<byte>)value);

    public static string Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    public static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    public static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this ReadOnlyMemory<byte> data) => Encoding.UTF8.GetString(data.Span);
}
