using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Resume;

/// <summary>A run that another process drives: watched to its end, and taken over where that process goes away.</summary>
internal sealed class RunElsewhere(Session session, Terminal terminal, RunFollower follower, InstanceRow row, WorkflowGraph? graph)
{
    // A lease is looked at now and then; watching itself sees commits at once.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // Whoever ended the process may be about to resume the run; a watcher steps in when nobody else does.
    private const int MostAbandonedLooks = 10;

    public async Task<(RunView View, InstanceRow Row)> FollowAsync(CancellationToken cancellationToken)
    {
        await SayWhoAsync(cancellationToken);
        while (true)
        {
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var follow = FollowHereAsync(watching.Token);
            var abandoned = UntilAbandonedAsync(watching.Token);
            var first = await Task.WhenAny(follow, abandoned);
            await watching.CancelAsync();
            if (first == follow)
                return await follow;

            await first;
            await follow.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            terminal.Say("The process that drove the run is gone; going on with it here.");
            if (await session.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: cancellationToken) != ContinueResult.OwnedElsewhere)
                return await FollowHereAsync(cancellationToken);
        }
    }

    private Task<(RunView View, InstanceRow Row)> FollowHereAsync(CancellationToken cancellationToken) =>
        follower.FollowAsync(row.Key.InstanceId, graph, row.LastSequence, cancellationToken);

    private async Task SayWhoAsync(CancellationToken cancellationToken)
    {
        var lease = await session.Queue.FindLeaseAsync(row.Key, cancellationToken);
        terminal.Say(lease is null
            ? "Another process drives the run; watching it."
            : $"Process {lease.Owner.ProcessId} on {TerminalText.CleanLine(lease.Owner.Host)} drives the run; watching it.");
    }

    private async Task UntilAbandonedAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookInterval, session.Time);
        for (var abandonedLooks = 0; abandonedLooks < MostAbandonedLooks;)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
            // In this order: a run that came to rest gave its lease up with the same commit.
            var lease = await session.FindLiveLeaseAsync(row.Key, cancellationToken);
            var now = await session.Queries.FindAsync(row.Key, cancellationToken);
            abandonedLooks = lease is null && now is { SubStatus: InstanceSubStatus.Pending or InstanceSubStatus.Executing } ? abandonedLooks + 1 : 0;
        }
    }
}
