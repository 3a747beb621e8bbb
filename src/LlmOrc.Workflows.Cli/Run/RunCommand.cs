using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary><c>llm-orc run</c>: starts a workflow, shows it, and tells what it came to.</summary>
internal sealed class RunCommand : Command
{
    private readonly Argument<string> _workflow = new("WORKFLOW") { Description = "Name of a workflow (workflows/NAME.json), or the path of a document." };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object with the result." };
    private readonly StartOptions _start;

    public RunCommand(Commands commands)
        : base("run", "Starts a workflow, shows its progress, and tells what it came to.")
    {
        Add(_workflow);
        _start = new(this);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => RunAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed, CommandContext context)
    {
        await using var session = Session.Open(context);
        var (id, graph) = await _start.StartAsync(parsed, context, session, parsed.GetRequiredValue(_workflow));
        var asJson = parsed.GetValue(_json);
        return await context.TellAsync(session, id, asJson, token => context.Follower(session, asJson).FollowAsync(id, graph, knownSequence: 0, token));
    }
}
