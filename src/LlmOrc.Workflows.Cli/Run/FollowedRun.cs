using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>What run and resume have in common: follow, tell, and park when the user stops it.</summary>
internal static class FollowedRun
{
    public static async Task<ExitCode> FollowAndTellAsync(this CommandContext context, Session session, string id, WorkflowGraph? graph, long knownSequence, bool asJson)
    {
        try
        {
            var (view, row) = await new RunFollower(session, context.Terminal).FollowAsync(id, graph, knownSequence, context.CancellationToken);
            return await RunResult.TellAsync(session, context.Terminal, row, view, asJson, context.CancellationToken);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // Parked before it is said: what is at work is cancelled, and the lease given up.
            if (asJson)
                await TellParkedAsync(session, context.Terminal, id);
            await session.DisposeAsync();
            context.Terminal.Say($"Stopped. Nothing that was done is lost; go on with: llm-orc resume {id}");
            return context.Interruption.ExitCode ?? ExitCode.Interrupted;
        }
    }

    private static async Task TellParkedAsync(Session session, Terminal terminal, string id)
    {
        var outcome = await session.Runtime.GetOutcomeAsync(id, cancellationToken: CancellationToken.None);
        var usage = Usage.Of(await session.Queries.ReadCallsAsync(outcome.Row.Key, CancellationToken.None));
        RunJson.WriteResult(terminal.Output, outcome, usage, []);
    }
}
