using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Questions;
using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>What run, resume and answer have in common: follow, ask the person at the terminal, tell, and park when the user stops it.</summary>
internal static class FollowedRun
{
    /// <param name="display">Null: a tree or lines, then a report.</param>
    public static async Task<ExitCode> TellAsync(
        this CommandContext context, Session session, string id, bool asJson, Func<CancellationToken, Task<(RunView View, InstanceRow Row)>> follow,
        RunDisplay? display = null)
    {
        try
        {
            var (view, row) = await follow(context.CancellationToken);
            var dialogue = new QuestionDialogue(context, session, (known, token) => context.Follower(session, asJson, display).FollowAsync(id, known.Graph, known.LastSequence, token), display);
            if (context.Asks(asJson))
                (view, row) = await dialogue.AskAsync(view, row);
            var token = dialogue.HasLeft ? CancellationToken.None : context.CancellationToken;
            return display is null ? await RunResult.TellAsync(session, context.Terminal, row, view, asJson, token) : await display.Tell(view, row, token);
        }
        catch (StoreUnavailableException exception)
        {
            // What was not stored is lost, and is done again; what was stored is not.
            throw new CommandFailedException(ExitCode.StoreUnavailable, $"{exception.Message} When the store is well, go on with: llm-orc resume {id}", exception);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            if (session.Server is { } server)
                return await StopWatchingAsync(context, session, server, id, asJson);
            if (asJson)
                await TellParkedAsync(session, context.Terminal, id);
            // Parked before it is said: what is at work is cancelled, and the lease given up.
            await session.DisposeAsync();
            context.Terminal.Say($"Stopped. Nothing that was done is lost; go on with: llm-orc resume {id}");
            return context.Interruption.ExitCode ?? ExitCode.Interrupted;
        }
    }

    /// <summary>Follows runs, and leaves their questions to the person at the terminal where there is one.</summary>
    public static RunFollower Follower(this CommandContext context, Session session, bool asJson, RunDisplay? display = null) =>
        new(session, context.Terminal, leavesQuestions: context.Asks(asJson), display is null ? null : view => display.Show(display, view));

    /// <summary>Whether the person at the terminal is asked what runs wait for.</summary>
    public static bool Asks(this CommandContext context, bool asJson) => !asJson && context.Terminal.CanAsk;

    // A server drives its runs whoever looks on, and may be away itself.
    private static async Task<ExitCode> StopWatchingAsync(CommandContext context, Session session, ServerAddress server, string id, bool asJson)
    {
        context.Terminal.Say($"Stopped watching. The run goes on at {server}; see: llm-orc show {id}");
        if (asJson)
            await TellParkedAsync(session, context.Terminal, id);
        return context.Interruption.ExitCode ?? ExitCode.Interrupted;
    }

    private static async Task TellParkedAsync(Session session, Terminal terminal, string id)
    {
        var outcome = await session.Runtime.GetOutcomeAsync(id, cancellationToken: CancellationToken.None);
        var usage = await session.ReadUsageAsync(outcome.Row, CancellationToken.None);
        RunJson.WriteResult(terminal.Output, outcome, usage, []);
    }
}
