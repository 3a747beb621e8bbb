using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using static LlmOrc.Workflows.Persistence.Sql.CommitSql;

namespace LlmOrc.Workflows.Persistence.Sql;

/// <summary>One statement of a commit.</summary>
/// <param name="WhenNone">What becomes of the commit where it changes no row; null where that is all right.</param>
internal sealed record CommitStep(Statement Statement, CommitResult? WhenNone = null);

/// <summary>A commit as the statements that store it, in their order: the first that is refused says what becomes of all.</summary>
internal static class CommitSteps
{
    public static IEnumerable<CommitStep> Create(InstanceCommit commit) => [Insert(commit), .. Parts(commit)];

    public static IEnumerable<CommitStep> Commit(InstanceCommit commit) => [Update(commit), Identify(commit.Row), .. Parts(commit)];

    private static CommitStep Insert(InstanceCommit commit)
    {
        var (row, owner) = (commit.Row, commit.Lease?.Owner);
        return new(
            new(
                InsertInstance, row.Key.TenantId, row.Key.InstanceId, row.DefinitionId, row.DefinitionVersionId, row.DefinitionVersion, row.DocumentHash,
                row.Name, row.CorrelationId, StoredNames.Of(row.Status), StoredNames.Of(row.SubStatus), row.IncidentCount, row.CreatedAt, row.UpdatedAt,
                row.FinishedAt, row.Version, row.CommitId, row.LastSequence, commit.Snapshot is null ? 0L : row.SnapshotSequence, row.ActivationKey,
                owner?.Host, owner?.BootId, owner?.ProcessId, owner?.ProcessStart, commit.Lease?.ExpiresAt),
            new CommitResult.Rejected("instance"));
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

    private static IEnumerable<CommitStep> Parts(InstanceCommit commit)
    {
        var (tenant, instance) = (commit.Row.Key.TenantId, commit.Row.Key.InstanceId);
        return
        [
            .. commit.ConsumedInbox.Select(id => new CommitStep(
                new(ConsumeStimulus, tenant, instance, id, Array.Empty<byte>(), commit.Row.UpdatedAt, commit.Row.Version), new CommitResult.Rejected("inbox"))),
            .. Entries(tenant, instance, commit.Entries),
            .. commit.Snapshot is { } snapshot ? [new CommitStep(new(UpsertSnapshot, tenant, instance, snapshot))] : Array.Empty<CommitStep>(),
            .. commit.Bookmarks.Select(bookmark => Store(tenant, instance, bookmark)),
            .. commit.Messages.Select(message => Store(tenant, instance, message)),
            .. commit.Calls.Select(call => Store(tenant, instance, call)),
            .. commit.Outbox.Select(row => new CommitStep(
                new(InsertOutbox, row.Id, row.Kind, row.Target, row.Payload, row.CreatedAt, tenant, instance), new CommitResult.Rejected("outbox"))),
            .. commit.AddedTimers.Select(timer => new CommitStep(new(UpsertTimer, timer.Id, timer.ExecutionId, timer.Name, timer.DueAt, tenant, instance))),
            .. commit.RemovedTimers.Select(id => new CommitStep(new(DeleteTimer, tenant, instance, id))),
            .. commit.Payloads.Select(payload => new CommitStep(new(InsertPayload, tenant, instance, payload.Key, payload.Value))),
        ];
    }

    // The first is stored only where nothing is stored from there on: the key of a block tells only its last entry.
    private static IEnumerable<CommitStep> Entries(string tenant, string instance, IReadOnlyList<EntryRow> entries) =>
        EntryBlocks.Pack(entries).Select((entry, i) => i == 0
            ? new CommitStep(
                new(InsertFirstEntry, tenant, instance, entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, entry.Data, entries[0].Sequence),
                new CommitResult.Rejected("sequence"))
            : new CommitStep(new(InsertEntry, tenant, instance, entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, entry.Data)));

    private static CommitStep Store(string tenant, string instance, BookmarkRow bookmark) => new(
        new(
            UpsertBookmark, bookmark.Id, bookmark.ExecutionId, bookmark.ActivityId, bookmark.Name, bookmark.Payload, bookmark.IsMultiUse,
            StoredNames.Of(bookmark.Status), bookmark.CreatedAt, bookmark.ConsumedAt, bookmark.StimulusId, tenant, instance),
        new CommitResult.Rejected("bookmark"));

    private static CommitStep Store(string tenant, string instance, TranscriptMessage message) => new(
        new(
            InsertMessage, message.Id, message.ConversationId, message.Sequence, message.Sender, message.Recipient, message.Content, message.Kind,
            message.Time, message.ExecutionId, message.CallId, tenant, instance),
        new CommitResult.Rejected("message"));

    private static CommitStep Store(string tenant, string instance, MeteredCall call) => new(
        new(
            UpsertCall, call.Id, call.ExecutionId, call.Attempt, call.Step, call.Agent, call.Provider, call.Model, call.RequestHash,
            call.PromptTokens, call.CompletionTokens, call.Cost, call.LatencyMilliseconds, StoredNames.Of(call.Status), call.MessageId,
            call.StartedAt, tenant, instance),
        new CommitResult.Rejected("call"));
}
