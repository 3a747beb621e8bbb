using System.CommandLine;
using System.Text.Json;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Cli.Validate;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Ask;

/// <summary><c>llm-orc ask</c>: one turn of one agent. It is a run like any other, so what was paid for is kept.</summary>
internal sealed class AskCommand : Command
{
    private const string ReplyOutput = "reply";

    private readonly Argument<string> _agent = new("AGENT") { Description = "Name of an agent in llm-orc.json; llm-orc agents lists them." };
    private readonly Argument<string> _text = new("TEXT") { Description = "What it is told: a text, @file, - for standard input, @@text for a text that begins with @." };
    private readonly Option<string?> _model = new("--model", "-m") { Description = "The model: simulated, provider/model, or the name of a profile in llm-orc.json.", HelpName = "model" };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object with the result." };

    public AskCommand(Commands commands)
        : base("ask", "Tells an agent something, and shows what it answers.")
    {
        Add(_agent);
        Add(_text);
        Add(_model);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => AskAsync(parsed, context), asJson: parsed.GetValue(_json), onlyHere: "runs agents of this folder"));
    }

    private async Task<ExitCode> AskAsync(ParseResult parsed, CommandContext context)
    {
        var (agent, asJson) = (parsed.GetRequiredValue(_agent), parsed.GetValue(_json));
        await using var session = Session.Open(context);
        var graph = session.Reader.Read(AskDocument.Utf8).Graph!;
        var row = await session.Runtime.StartAsync(await RequestAsync(parsed, context, session, agent), CancellationToken.None);
        var id = row.Key.InstanceId;
        var progress = new ReplyProgress(context.Terminal);
        var display = asJson ? null : new RunDisplay
        {
            Show = (_, _) => progress,
            Tell = (view, ended, token) => TellAsync(context, session, progress, view, ended, token),
        };
        return await context.TellAsync(session, id, asJson, token => context.Follower(session, asJson, display).FollowAsync(id, graph, knownSequence: 0, token), display);
    }

    private async Task<StartRequest> RequestAsync(ParseResult parsed, CommandContext context, Session session, string agent)
    {
        var model = parsed.GetValue(_model);
        var references = await References.ReadAsync(session, context.Place, context.CancellationToken);
        if (references.FindAgent(agent) is { } problem)
            throw new CommandFailedException(ExitCode.BadInput, problem);
        if (model is not null && references.FindModel(model) is { } unknown)
            throw new CommandFailedException(ExitCode.BadInput, unknown);

        var text = await new InputValues(context.Terminal.Input, context.Terminal.ReadsFromPerson, context.Terminal.Say)
            .ReadTextAsync("what the agent is told", parsed.GetRequiredValue(_text), folders: null, context.CancellationToken);
        if (string.IsNullOrWhiteSpace(text))
            throw new CommandFailedException(ExitCode.BadInput, "There is nothing to tell the agent: the text is empty.");
        return new()
        {
            Document = AskDocument.Utf8,
            Input = new Dictionary<string, JsonElement> { ["agent"] = Values.From(agent), ["text"] = Values.From(text) },
            Name = agent,
            Settings = RunSettings.Of(context.Place, model),
        };
    }

    private static async Task<ExitCode> TellAsync(CommandContext context, Session session, ReplyProgress progress, RunView view, InstanceRow row, CancellationToken cancellationToken)
    {
        var outcome = await session.Runtime.GetOutcomeAsync(row.Key.InstanceId, cancellationToken: cancellationToken);
        if (outcome.Output.ValueKind == JsonValueKind.Object && outcome.Output.TryGetProperty(ReplyOutput, out var reply))
            progress.End(reply.ToText());
        var exitCode = await RunResult.SayStateAsync(session, context.Terminal, row, view, cancellationToken);
        if (context.Terminal.StylesResult)
            context.Terminal.Say($"{Units.Of(await session.ReadUsageAsync(row, cancellationToken))} · llm-orc show {row.Key.InstanceId}");
        return exitCode;
    }
}
