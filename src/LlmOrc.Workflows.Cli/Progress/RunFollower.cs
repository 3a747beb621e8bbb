using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>Follows a run until it rests, and shows it on the way.</summary>
/// <param name="leavesQuestions">Whether somebody is there to answer what it waits for, so that no timer is waited for beside a question.</param>
/// <param name="show">How it is shown; the default is a tree on a terminal, and lines elsewhere.</param>
internal sealed class RunFollower(Session session, Terminal terminal, bool leavesQuestions = false, Func<RunView, IRunProgress>? show = null)
{
    // Somebody is looking: a wait as short as this is waited for. A longer one is parked, and outlives this process.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // Reminders come again and again; all of them together are waited for no longer than one wait.
    private TimeSpan _patience = LongestPause;

    // A server under load looks at its timers that late at most.
    private static readonly TimeSpan ServerLateness = TimeSpan.FromSeconds(10);

    // A timer fires when its time has passed, and a clock may be read a moment early.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(20);

    /// <param name="knownSequence">What happened up to there is shown as it came out, not as news.</param>
    /// <returns>The view of the run, and its row when it came to rest.</returns>
    /// <exception cref="OperationCanceledException">The user or the system asked for the end.</exception>
    public async Task<(RunView View, InstanceRow Row)> FollowAsync(string instanceId, WorkflowGraph? graph, long knownSequence, CancellationToken cancellationToken)
    {
        var view = new RunView(instanceId, graph) { IsForgetful = true };
        await using var progress = show?.Invoke(view) ?? Show(view, cancellationToken);
        session.Lines.ShowIn(progress);
        try
        {
            while (true)
            {
                var seen = view.LastSequence;
                await foreach (var @event in session.Runtime.WatchAsync(instanceId, seen + 1, cancellationToken: cancellationToken))
                {
                    view.Apply(@event);
                    if (@event is not InstanceEvent.Committed { Entry.Sequence: var sequence } || sequence > knownSequence)
                        progress.Changed(@event);
                }

                var row = await session.FindRunAsync(instanceId, cancellationToken);
                if (view.LastSequence == seen || !await GoesOnSoonAsync(view, row, cancellationToken))
                    return (view, row);
            }
        }
        finally
        {
            session.Lines.ShowIn(null);
        }
    }

    // False where it rests for longer. What faulted beside the timer is a person's to retry, and going on would retry it.
    private async Task<bool> GoesOnSoonAsync(RunView view, InstanceRow row, CancellationToken cancellationToken)
    {
        if (row is not { SubStatus: InstanceSubStatus.Suspended, IncidentCount: 0 } || view.NextTimer is not { } due || (leavesQuestions && view.HasOpenBookmarks))
            return false;

        var wait = due + Lateness - session.Time.GetUtcNow();
        if (wait > (view.HasOpenBookmarks ? _patience : LongestPause) + Lateness)
            return false;
        if (view.HasOpenBookmarks && wait > TimeSpan.Zero)
            _patience -= wait;
        if (session.Server is not null)
            return await GoesOnThereAsync(view, (wait > TimeSpan.Zero ? wait : TimeSpan.Zero) + ServerLateness, cancellationToken);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, session.Time, cancellationToken);
        return await session.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: cancellationToken) != ContinueResult.OwnedElsewhere;
    }

    // A server fires timers itself, a little late where it has much to do: what it commits then is waited for.
    private async Task<bool> GoesOnThereAsync(RunView view, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, session.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await foreach (var @event in session.Runtime.WatchAsync(view.InstanceId, view.LastSequence + 1, untilRest: false, cancellationToken: either.Token))
            {
                if (@event is InstanceEvent.Committed)
                    return true;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It rests, and its time is up.
        }

        return false;
    }

    private IRunProgress Show(RunView view, CancellationToken interrupted) => terminal.ShowsLive
        ? new LiveProgress(view, terminal.Progress, session.Time, interrupted)
        : new PlainProgress(view, terminal, session.Time);
}
