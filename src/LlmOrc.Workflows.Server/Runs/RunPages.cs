using LlmOrc.Workflows.Agents.Watching;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>Reads runs for callers.</summary>
internal sealed class RunPages(IWorkflowRuntime runtime, IInstanceQueries queries, RunViews views)
{
    /// <summary>What it came to so far, without its tree.</summary>
    public async Task<RunBody> ReadAsync(InstanceRow row, CancellationToken cancellationToken)
    {
        var outcome = await runtime.GetOutcomeAsync(row.Key.InstanceId, row.Key.TenantId, cancellationToken);
        var calls = await queries.ReadCallsAsync(row.Key, cancellationToken);
        return RunBody.Of(outcome.Row) with
        {
            Output = outcome.Output,
            Usage = Usage.Of(calls),
            Incidents = outcome.Incidents.Count > 0 ? outcome.Incidents : null,
            Bookmarks = await ReadOpenBookmarksAsync(outcome.Row, cancellationToken),
        };
    }

    /// <summary>All of it.</summary>
    public async Task<RunBody> ReadWithTreeAsync(InstanceRow row, CancellationToken cancellationToken)
    {
        var view = await views.ReadAsync(row, cancellationToken);
        return await ReadAsync(row, cancellationToken) with { Input = view.Input, Activities = [.. view.Executions.Select(ActivityBody.Of)] };
    }

    private async Task<IReadOnlyList<BookmarkBody>?> ReadOpenBookmarksAsync(InstanceRow row, CancellationToken cancellationToken)
    {
        if (row.Status != InstanceStatus.Running)
            return null;
        var open = (await queries.ReadBookmarksAsync(row.Key, cancellationToken)).Where(b => b.Status == BookmarkStatus.Open).Select(b => BookmarkBody.Of(row.Key, b)).ToArray();
        return open.Length > 0 ? open : null;
    }
}
