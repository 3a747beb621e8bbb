using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Validate;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary><c>llm-orc run</c>: starts a workflow, shows it, and tells what it came to.</summary>
internal sealed partial class RunCommand : Command
{
    private readonly Argument<string> _workflow = new("WORKFLOW") { Description = "Name of a workflow (workflows/NAME.json), or the path of a document." };

    private readonly Option<string[]> _input = new("--input", "-i")
    {
        Description = "An input: name=value, name=@file, name=- for standard input, name=@@text for a text that begins with @. May be repeated.",
        HelpName = "name=value",
    };

    private readonly Option<string?> _inputs = new("--inputs") { Description = "A JSON file with an object of inputs; --input wins over it.", HelpName = "file" };

    private readonly Option<bool> _sample = new("--sample") { Description = "Use the sample input that the workflow brings; other inputs win over it." };

    private readonly Option<string?> _model = new("--model", "-m") { Description = "The model of all agents: simulated, provider/model, or the name of a profile in llm-orc.json.", HelpName = "model" };

    private readonly Option<string?> _id = new("--id") { Description = "Id of the new run; the default is a new one.", HelpName = "id" };

    private readonly Option<string?> _name = new("--name") { Description = "A name for the run, for lists.", HelpName = "name" };

    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object with the result." };

    public RunCommand(Commands commands)
        : base("run", "Starts a workflow, shows its progress, and tells what it came to.")
    {
        Add(_workflow);
        Add(_input);
        Add(_inputs);
        Add(_sample);
        Add(_model);
        Add(_id);
        Add(_name);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => RunAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed, CommandContext context)
    {
        var cancellationToken = context.CancellationToken;
        var file = await WorkflowFile.ReadAsync(context.Place, parsed.GetRequiredValue(_workflow), cancellationToken);
        await using var session = Session.Open(context);
        var prepared = session.PrepareAsync();
        var graph = file.Compile(session.Reader);
        await CheckReferencesAsync(session, context, file, graph, parsed.GetValue(_model));
        var sample = Sample.Find(file.Document);
        var request = new StartRequest
        {
            Document = file.Document,
            Input = await ReadInputAsync(parsed, context, graph.Inputs, sample),
            InstanceId = CheckedId(parsed.GetValue(_id)),
            Name = parsed.GetValue(_name),
            Settings = RunSettings.Of(context.Place, parsed.GetValue(_model)),
        };

        await prepared;
        // Not interrupted: it is a matter of milliseconds, and afterwards it is certain whether there is a run.
        var row = await StartAsync(session, request, mayTrySample: sample is not null && graph.Inputs.Any(i => i.IsRequired && !request.Input.ContainsKey(i.Name)));
        var id = row.Key.InstanceId;
        var asJson = parsed.GetValue(_json);
        return await context.TellAsync(session, id, asJson, token => context.Follower(session, asJson).FollowAsync(id, graph, knownSequence: 0, token));
    }

    // A model for all turns must exist. What single turns name may be missing: the document may go on without them, and a run can be mended and
    // resumed; but it is said before the first turn is paid.
    private static async Task CheckReferencesAsync(Session session, CommandContext context, WorkflowFile file, WorkflowGraph graph, string? model)
    {
        var references = await References.ReadAsync(session, context.Place, context.CancellationToken);
        if (model is not null && references.FindModel(model) is { } problem)
            throw new CommandFailedException(ExitCode.BadInput, problem);
        foreach (var missing in references.Check(graph, file.Document))
            context.Terminal.Say(file.Describe(missing with { Severity = DiagnosticSeverity.Warning }));
    }

    private async Task<Dictionary<string, JsonElement>> ReadInputAsync(
        ParseResult parsed, CommandContext context, IReadOnlyList<ArgumentDefinition> inputs, JsonElement? sample)
    {
        var values = new InputValues(context.Terminal.Input, context.Terminal.ReadsFromPerson, context.Terminal.Say);
        var input = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        if (parsed.GetValue(_sample))
        {
            if (sample is null)
                throw new CommandFailedException(ExitCode.BadInput, "The workflow brings no sample input (customProperties.llmOrc.sample). Give its inputs with --input.");
            Merge(await values.ReadSampleAsync(sample.Value, context.Place.Folder, context.CancellationToken));
        }

        if (parsed.GetValue(_inputs) is { } path)
            Merge(await InputValues.ReadFileAsync(path, context.CancellationToken));
        Merge(await values.ReadAsync(parsed.GetValue(_input) ?? [], inputs, context.CancellationToken));
        return input;

        void Merge(Dictionary<string, JsonElement> more)
        {
            foreach (var (name, value) in more)
                input[name] = value;
        }
    }

    private static async Task<Storage.InstanceRow> StartAsync(Session session, StartRequest request, bool mayTrySample)
    {
        try
        {
            return await session.Runtime.StartAsync(request, CancellationToken.None);
        }
        catch (InputInvalidException exception) when (mayTrySample)
        {
            throw new CommandFailedException(ExitCode.BadInput, $"{exception.Message}{Environment.NewLine}The workflow brings a sample: try it with --sample.", exception);
        }
    }

    private static string? CheckedId(string? id) => id is null || RunId().IsMatch(id)
        ? id
        : throw new CommandFailedException(ExitCode.BadInput, "An --id is 1 to 64 letters, digits, dots, underscores and dashes, and begins with a letter or digit.");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", RegexOptions.None, 250)]
    private static partial Regex RunId();
}
