using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Questions;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>What run, resume and answer have in common: follow, ask the person at the terminal, tell, and park when the user stops it.</summary>
internal static class FollowedRun
{
    public static async Task<ExitCode> TellAsync(
        this CommandContext context, Session session, string id, bool asJson, Func<CancellationToken, Task<(RunView View, InstanceRow Row)>> follow)
    {
        try
        {
            var (view, row) = await follow(context.CancellationToken);
            var dialogue = new QuestionDialogue(context, session, (known, token) => context.Follower(session, asJson).FollowAsync(id, known.Graph, known.LastSequence, token));
            if (context.Asks(asJson))
                (view, row) = await dialogue.AskAsync(view, row);
            return await RunResult.TellAsync(session, context.Terminal, row, view, asJson, dialogue.HasLeft ? CancellationToken.None : context.CancellationToken);
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

    /// <summary>Follows runs, and leaves their questions to the person at the terminal where there is one.</summary>
    public static RunFollower Follower(this CommandContext context, Session session, bool asJson) => new(session, context.Terminal, leavesQuestions: context.Asks(asJson));

    private static bool Asks(this CommandContext context, bool asJson) => !asJson && context.Terminal.CanAsk;

    private static async Task TellParkedAsync(Session session, Terminal terminal, string id)
    {
        var outcome = await session.Runtime.GetOutcomeAsync(id, cancellationToken: CancellationToken.None);
        var usage = Usage.Of(await session.Queries.ReadCallsAsync(outcome.Row.Key, CancellationToken.None));
        RunJson.WriteResult(terminal.Output, outcome, usage, []);
    }
}
