using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Chat;

/// <summary><c>llm-orc chat</c>: a workflow as a conversation, with the person at the terminal in it.</summary>
internal sealed class ChatCommand : Command
{
    private readonly Argument<string?> _workflow = new("WORKFLOW")
    {
        Description = "Name of a workflow (workflows/NAME.json), or the path of a document; it is started. Either this or --resume.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _resume = new("--resume", "-r") { Description = "Go on with this run, by its id or a beginning that no other one has.", HelpName = "id" };
    private readonly StartOptions _start;

    public ChatCommand(Commands commands)
        : base("chat", "Runs a workflow as a conversation: shows what is said, and asks you what it waits for.")
    {
        Add(_workflow);
        Add(_resume);
        _start = new(this);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ChatAsync(parsed, context), onlyHere: "runs workflows of this folder"));
    }

    private async Task<ExitCode> ChatAsync(ParseResult parsed, CommandContext context)
    {
        switch (parsed.GetValue(_workflow), parsed.GetValue(_resume))
        {
            case ({ } workflow, null):
                await using (var session = Session.Open(context))
                {
                    var (id, graph) = await _start.StartAsync(parsed, context, session, workflow);
                    return await TalkAsync(context, session, id, graph);
                }

            case (null, { } wanted) when _start.AreGiven(parsed):
                throw new CommandFailedException(ExitCode.BadInput, $"The run {wanted} has its inputs and its model already: leave these options out, or start a new run.");
            case (null, { } wanted):
                return await ResumeAsync(context, wanted);
            default:
                throw new CommandFailedException(ExitCode.BadInput, "Name either a workflow to start, or a run to go on with: llm-orc chat WORKFLOW, or llm-orc chat --resume ID");
        }
    }

    private static async Task<ExitCode> ResumeAsync(CommandContext context, string wanted)
    {
        var run = await StartedRun.FindAsync(context, wanted);
        await using var session = Session.Open(context, run.Place);
        if (await session.Runtime.ContinueAsync(run.Id, cancellationToken: context.CancellationToken) == ContinueResult.OwnedElsewhere)
            context.Terminal.Say("Another process drives the run; watching it.");
        return await TalkAsync(context, session, run.Id, await session.ReadGraphAsync(run.Row, context.CancellationToken));
    }

    private static Task<ExitCode> TalkAsync(CommandContext context, Session session, string id, WorkflowGraph? graph)
    {
        var display = new RunDisplay
        {
            Show = (self, view) => new ChatProgress(self, view, context.Terminal, context.Asks(asJson: false)),
            Tell = (view, row, token) => TellAsync(context, session, view, row, token),
        };
        return context.TellAsync(session, id, asJson: false, token => context.Follower(session, asJson: false, display).FollowAsync(id, graph, knownSequence: 0, token), display);
    }

    private static async Task<ExitCode> TellAsync(CommandContext context, Session session, RunView view, InstanceRow row, CancellationToken cancellationToken)
    {
        var exitCode = await RunResult.SayStateAsync(session, context.Terminal, row, view, cancellationToken);
        var usage = await session.ReadUsageAsync(row, cancellationToken);
        if (exitCode == ExitCode.Waiting)
            context.Terminal.Say($"Go on talking with: llm-orc chat --resume {row.Key.InstanceId}");
        context.Terminal.Say($"{row.SubStatus.ToString().ToLowerInvariant()} · {Units.Of(usage)} · llm-orc transcript {row.Key.InstanceId}");
        return exitCode;
    }
}
