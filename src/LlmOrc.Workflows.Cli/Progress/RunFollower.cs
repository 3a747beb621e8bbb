using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>Follows a run until it rests, and shows it on the way.</summary>
internal sealed class RunFollower(Session session, Terminal terminal)
{
    /// <param name="knownSequence">What happened up to there is shown as it came out, not as news.</param>
    /// <returns>The view of the run, and its row when it came to rest.</returns>
    /// <exception cref="OperationCanceledException">The user or the system asked for the end.</exception>
    public async Task<(RunView View, InstanceRow Row)> FollowAsync(string instanceId, WorkflowGraph? graph, long knownSequence, CancellationToken cancellationToken)
    {
        var view = new RunView(instanceId, graph);
        await using var progress = Show(view, cancellationToken);
        session.Lines.ShowIn(progress);
        try
        {
            await foreach (var @event in session.Runtime.WatchAsync(instanceId, cancellationToken: cancellationToken))
            {
                view.Apply(@event);
                if (@event is not InstanceEvent.Committed { Entry.Sequence: var sequence } || sequence > knownSequence)
                    progress.Changed(@event);
            }

            return (view, await session.Queries.FindRunAsync(instanceId, cancellationToken));
        }
        finally
        {
            session.Lines.ShowIn(null);
        }
    }

    private IRunProgress Show(RunView view, CancellationToken interrupted) => terminal.ShowsLive
        ? new LiveProgress(view, terminal.Progress, session.Time, interrupted)
        : new PlainProgress(view, terminal, session.Time);
}
