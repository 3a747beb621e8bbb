using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Cli.Validate;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>The options of commands that start a workflow, and the start.</summary>
internal sealed partial class StartOptions
{
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

    public StartOptions(Command command)
    {
        command.Add(_input);
        command.Add(_inputs);
        command.Add(_sample);
        command.Add(_model);
        command.Add(_id);
        command.Add(_name);
    }

    /// <summary>Whether any of them is given.</summary>
    public bool AreGiven(ParseResult parsed) => new Option[] { _input, _inputs, _sample, _model, _id, _name }.Any(o => parsed.GetResult(o) is { Implicit: false });

    /// <summary>Starts a workflow. Durable when it returns.</summary>
    /// <returns>The new run's id, and its graph; null where a server's document cannot be read here.</returns>
    /// <exception cref="CommandFailedException">The document, a model or an input is not what it should be; nothing was started.</exception>
    public async Task<(string Id, WorkflowGraph? Graph)> StartAsync(ParseResult parsed, CommandContext context, Session session, string workflow)
    {
        if (session.Server is { } server)
            return await StartThereAsync(parsed, context, session, server, workflow);

        var file = await WorkflowFile.ReadAsync(context.Place, workflow, context.CancellationToken);
        var prepared = session.PrepareAsync();
        var graph = file.Compile(session.Reader);
        await CheckReferencesAsync(session, context, file, graph, parsed.GetValue(_model));
        var sample = Sample.Find(file.Document);
        var request = new StartRequest
        {
            Document = file.Document,
            Input = await ReadInputAsync(parsed, context, graph.Inputs, sample, [.. file.Places, context.Place.Folder]),
            InstanceId = CheckedId(parsed.GetValue(_id)),
            Name = parsed.GetValue(_name),
            Settings = RunSettings.Of(context.Place, parsed.GetValue(_model)),
        };

        await prepared;
        // Not interrupted: it is a matter of milliseconds, and afterwards it is certain whether there is a run.
        var row = await StartAsync(session, request, mayTrySample: sample is not null && IsIncomplete(graph, request.Input));
        return (row.Key.InstanceId, graph);
    }

    // The server checks agents, models and inputs.
    private async Task<(string Id, WorkflowGraph? Graph)> StartThereAsync(ParseResult parsed, CommandContext context, Session session, ServerAddress server, string name)
    {
        if (parsed.GetValue(_sample))
            throw new CommandFailedException(ExitCode.BadInput, $"--sample reads files beside the workflow's document, which are on {server}. Give its inputs with --input.");
        var workflow = await RemoteStart.FindAsync(session, server, name, context.CancellationToken);
        var start = new RunStart
        {
            Input = await ReadInputAsync(parsed, context, RemoteStart.InputsOf(workflow), sample: null, []),
            Id = CheckedId(parsed.GetValue(_id)),
            Name = parsed.GetValue(_name),
            Model = parsed.GetValue(_model),
        };
        return await RemoteStart.StartAsync(session, workflow.Name, start, context.CancellationToken);
    }

    private static bool IsIncomplete(WorkflowGraph graph, IReadOnlyDictionary<string, JsonElement> input) =>
        graph.Inputs.Any(i => i.IsRequired && !input.ContainsKey(i.Name)) || graph.Alternatives.Any(group => !group.Any(input.ContainsKey));

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
        ParseResult parsed, CommandContext context, IReadOnlyList<ArgumentDefinition> inputs, JsonElement? sample, IReadOnlyList<string> sampleFolders)
    {
        var values = new InputValues(context.Terminal.Input, context.Terminal.ReadsFromPerson, context.Terminal.Say);
        var input = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        if (parsed.GetValue(_sample))
        {
            if (sample is null)
                throw new CommandFailedException(ExitCode.BadInput, "The workflow brings no sample input (customProperties.llmOrc.sample). Give its inputs with --input.");
            Merge(await values.ReadSampleAsync(sample.Value, sampleFolders, context.CancellationToken));
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
