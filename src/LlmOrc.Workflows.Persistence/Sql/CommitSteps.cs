using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using static LlmOrc.Workflows.Persistence.Sql.CommitSql;

namespace LlmOrc.Workflows.Persistence.Sql;

/// <summary>One statement of a commit.</summary>
/// <param name="WhenNone">What becomes of the commit where it changes no row; null where that is all right.</param>
internal readonly record struct CommitStep(Statement Statement, CommitResult? WhenNone = null);

/// <summary>A commit as the statements that store it, in their order: the first that is refused says what becomes of the commit.</summary>
internal static class CommitSteps
{
    private static readonly CommitResult Instance = new CommitResult.Rejected("instance");
    private static readonly CommitResult Inbox = new CommitResult.Rejected("inbox");
    private static readonly CommitResult Bookmark = new CommitResult.Rejected("bookmark");
    private static readonly CommitResult Message = new CommitResult.Rejected("message");
    private static readonly CommitResult Call = new CommitResult.Rejected("call");
    private static readonly CommitResult Outbox = new CommitResult.Rejected("outbox");

    /// <summary>An entry of its sequence, or a later one, is stored already.</summary>
    public static readonly CommitResult Sequence = new CommitResult.Rejected("sequence");

    /// <param name="entries">How its entries are stored.</param>
    public static IEnumerable<CommitStep> Create(InstanceCommit commit, IEnumerable<CommitStep> entries) => Parts(commit, entries).Prepend(Insert(commit));

    /// <param name="entries">How its entries are stored.</param>
    public static IEnumerable<CommitStep> Commit(InstanceCommit commit, IEnumerable<CommitStep> entries) =>
        Parts(commit, entries).Prepend(Identify(commit.Row)).Prepend(Update(commit));

    /// <summary>The entries of a commit, a statement for each row.</summary>
    public static IEnumerable<CommitStep> OneByOne(InstanceCommit commit)
    {
        var (tenant, instance, isFirst) = (commit.Row.Key.TenantId, commit.Row.Key.InstanceId, true);
        foreach (var entry in EntryBlocks.Pack(commit.Entries))
        {
            // The first is stored only where nothing is stored from there on: the key of a block tells only its last entry.
            yield return isFirst
                ? new CommitStep(
                    new(InsertFirstEntry, tenant, instance, entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, entry.Data, commit.Entries[0].Sequence),
                    Sequence)
                : new CommitStep(new(InsertEntry, tenant, instance, entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, entry.Data));
            isFirst = false;
        }
    }

    private static CommitStep Insert(InstanceCommit commit)
    {
        var (row, owner) = (commit.Row, commit.Lease?.Owner);
        return new(
            new(
                InsertInstance, row.Key.TenantId, row.Key.InstanceId, row.DefinitionId, row.DefinitionVersionId, row.DefinitionVersion, row.DocumentHash,
                row.Name, row.CorrelationId, StoredNames.Of(row.Status), StoredNames.Of(row.SubStatus), row.IncidentCount, row.CreatedAt, row.UpdatedAt,
                row.FinishedAt, row.Version, row.CommitId, row.LastSequence, commit.Snapshot is null ? 0L : row.SnapshotSequence, row.ActivationKey,
                owner?.Host, owner?.BootId, owner?.ProcessId, owner?.ProcessStart, commit.Lease?.ExpiresAt),
            Instance);
    }

    private static CommitStep Update(InstanceCommit commit)
    {
        var (row, owner) = (commit.Row, commit.Lease?.Owner);
        return new(
            new(
                UpdateInstance, row.Name, StoredNames.Of(row.Status), StoredNames.Of(row.SubStatus), row.IncidentCount, row.UpdatedAt, row.FinishedAt,
                row.Version, row.CommitId, row.LastSequence, commit.Snapshot is null ? null : row.SnapshotSequence, row.ActivationKey,
                owner?.Host, owner?.BootId, owner?.ProcessId, owner?.ProcessStart, commit.Lease?.ExpiresAt,
                row.Key.TenantId, row.Key.InstanceId, commit.ExpectedVersion),
            CommitResult.VersionConflict.Instance);
    }

    private static CommitStep Identify(InstanceRow row) => new(new(
        UpdateIdentity, row.DefinitionId, row.DefinitionVersionId, row.DefinitionVersion, row.DocumentHash, row.CorrelationId, row.CreatedAt,
        row.Key.TenantId, row.Key.InstanceId));

    private static IEnumerable<CommitStep> Parts(InstanceCommit commit, IEnumerable<CommitStep> entries)
    {
        var (tenant, instance) = (commit.Row.Key.TenantId, commit.Row.Key.InstanceId);
        foreach (var id in commit.ConsumedInbox)
            yield return new(new(ConsumeStimulus, tenant, instance, id, Array.Empty<byte>(), commit.Row.UpdatedAt, commit.Row.Version), Inbox);
        foreach (var entry in entries)
            yield return entry;
        if (commit.Snapshot is { } snapshot)
            yield return new(new(UpsertSnapshot, tenant, instance, snapshot));
        foreach (var bookmark in commit.Bookmarks)
            yield return Store(tenant, instance, bookmark);
        foreach (var message in commit.Messages)
            yield return Store(tenant, instance, message);
        foreach (var call in commit.Calls)
            yield return Store(tenant, instance, call);
        foreach (var row in commit.Outbox)
            yield return new(new(InsertOutbox, row.Id, row.Kind, row.Target, row.Payload, row.CreatedAt, tenant, instance), Outbox);
        foreach (var timer in commit.AddedTimers)
            yield return new(new(UpsertTimer, timer.Id, timer.ExecutionId, timer.Name, timer.DueAt, tenant, instance));
        foreach (var id in commit.RemovedTimers)
            yield return new(new(DeleteTimer, tenant, instance, id));
        foreach (var (hash, data) in commit.Payloads)
            yield return new(new(InsertPayload, tenant, instance, hash, data));
    }

    private static CommitStep Store(string tenant, string instance, BookmarkRow bookmark) => new(
        new(
            UpsertBookmark, bookmark.Id, bookmark.ExecutionId, bookmark.ActivityId, bookmark.Name, bookmark.Payload, bookmark.IsMultiUse,
            StoredNames.Of(bookmark.Status), bookmark.CreatedAt, bookmark.ConsumedAt, bookmark.StimulusId, tenant, instance),
        Bookmark);

    private static CommitStep Store(string tenant, string instance, TranscriptMessage message) => new(
        new(
            InsertMessage, message.Id, message.ConversationId, message.Sequence, message.Sender, message.Recipient, message.Content, message.Kind,
            message.Time, message.ExecutionId, message.CallId, tenant, instance),
        Message);

    private static CommitStep Store(string tenant, string instance, MeteredCall call) => new(
        new(
            UpsertCall, call.Id, call.ExecutionId, call.Attempt, call.Step, call.Agent, call.Provider, call.Model, call.RequestHash,
            call.PromptTokens, call.CompletionTokens, call.Cost, call.LatencyMilliseconds, StoredNames.Of(call.Status), call.MessageId,
            call.StartedAt, tenant, instance),
        Call);
}
