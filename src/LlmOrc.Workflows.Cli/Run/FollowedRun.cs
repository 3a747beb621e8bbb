using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>What run and resume have in common: follow, tell, and park when the user stops it.</summary>
internal static class FollowedRun
{
    public static async Task<ExitCode> TellAsync(
        this CommandContext context, Session session, string id, bool asJson, Func<CancellationToken, Task<(RunView View, InstanceRow Row)>> follow)
    {
        try
        {
            var (view, row) = await follow(context.CancellationToken);
            return await RunResult.TellAsync(session, context.Terminal, row, view, asJson, context.CancellationToken);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            if (asJson)
                await TellParkedAsync(session, context.Terminal, id);
            // Parked before it is said: what is at work is cancelled, and the lease given up.
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
