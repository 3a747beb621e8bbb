using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>What the store knows of a run beside its row.</summary>
internal static class StoredFacts
{
    /// <summary>The pinned definition; null where it cannot be read any more, which is no reason to hide the run.</summary>
    public static Task<WorkflowGraph?> ReadGraphAsync(this Session session, InstanceRow row, CancellationToken cancellationToken) =>
        session.Views().ReadGraphAsync(row, cancellationToken);

    /// <summary>The settings a run was started with.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadSettingsAsync(this Session session, InstanceRow row, CancellationToken cancellationToken)
    {
        await foreach (var @event in session.Runtime.WatchAsync(row.Key.InstanceId, cancellationToken: cancellationToken))
        {
            if (@event is InstanceEvent.Committed { Entry: InstanceStarted { Settings: { } settings } })
                return settings;
            break;
        }

        return new Dictionary<string, string>();
    }

    /// <summary>Everything that happened up to the row, folded.</summary>
    public static Task<RunView> ReadViewAsync(this Session session, InstanceRow row, CancellationToken cancellationToken) =>
        session.Views().ReadAsync(row, cancellationToken);

    /// <summary>What a run has used so far.</summary>
    public static async Task<Usage> ReadUsageAsync(this Session session, InstanceRow row, CancellationToken cancellationToken) => session.Server is null
        ? Usage.Of(await session.Queries.ReadCallsAsync(row.Key, cancellationToken))
        : RemoteRows.UsageOf(await session.Get<LlmOrcClient>().ShowAsync(row.Key.InstanceId, withTree: false, cancellationToken));

    private static RunViews Views(this Session session) => new(session.Runtime, session.Definitions, session.Reader);
}
