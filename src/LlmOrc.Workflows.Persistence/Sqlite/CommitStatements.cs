using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using Microsoft.Data.Sqlite;
using static LlmOrc.Workflows.Persistence.Sql.CommitSql;
using static SQLitePCL.raw;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Writes a commit within a transaction that its caller holds; whatever it answers but Committed, the caller rolls back.</summary>
internal static class CommitStatements
{
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
            if (statements.Execute(ConsumeStimulus, tenant, instance, stimulus, Array.Empty<byte>(), commit.Row.UpdatedAt, commit.Row.Version) == 0)
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
