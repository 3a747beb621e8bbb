using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>Reads pages of what is committed.</summary>
internal static class StoredEntries
{
    /// <summary>Entries from a sequence on, up to those of the row, at most <paramref name="limit"/>.</summary>
    public static async Task<IReadOnlyList<JournalEntry>> ReadEntriesAsync(this IWorkflowRuntime runtime, InstanceRow row, long from, int limit, CancellationToken cancellationToken)
    {
        var entries = new List<JournalEntry>();
        if (from > row.LastSequence)
            return entries;

        await foreach (var @event in runtime.WatchAsync(row.Key.InstanceId, from, tenantId: row.Key.TenantId, cancellationToken: cancellationToken))
        {
            if (@event is not InstanceEvent.Committed { Entry: var entry })
                continue;
            entries.Add(entry);
            if (entries.Count == limit || entry.Sequence >= row.LastSequence)
                break;
        }

        return entries;
    }
}
