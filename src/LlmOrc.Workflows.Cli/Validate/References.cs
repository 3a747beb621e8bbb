using System.Text.Json;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Cli.Validate;

/// <summary>Checks that the agents, models and templates that workflows name in literals exist here. What an expression names is known only when it runs.</summary>
internal sealed class References
{
    private const int MostListed = 20;

    private readonly AgentSettings? _settings;
    private readonly Failure? _settingsFailure;
    private readonly TemplateFolder? _templates;
    private readonly string _templatesPath;

    private References(AgentSettings? settings, Failure? settingsFailure, string templatesPath)
    {
        (_settings, _settingsFailure, _templatesPath) = (settings, settingsFailure, templatesPath);
        _templates = Directory.Exists(templatesPath) ? new(templatesPath) : null;
    }

    public static async Task<References> ReadAsync(Session session, Workplace place, CancellationToken cancellationToken)
    {
        try
        {
            return new(await session.Get<AgentSettingsFile>().ReadAsync(cancellationToken), null, place.TemplatesFolder);
        }
        catch (FailureException exception)
        {
            return new(null, exception.Failure, place.TemplatesFolder);
        }
    }

    /// <summary>All that is missing, in the order of the graph.</summary>
    public IReadOnlyList<Diagnostic> Check(WorkflowGraph graph, ReadOnlyMemory<byte> document)
    {
        var missing = new List<Diagnostic>();
        var lines = new Lazy<ActivityLines>(() => new(document.Span));
        foreach (var node in graph.Nodes)
        {
            Check(node, "agent", "agent-unknown", FindAgent);
            Check(node, "model", "model-unknown", FindModel);
            Check(node, "template", "template-missing", FindTemplate);
            if (Literal(node, "model") is not null)
                Check(node, "model", "not-sent", FindNotSent, DiagnosticSeverity.Warning);
            else
                Check(node, "agent", "not-sent", name => FindNotSent(_settings?.Agents.GetValueOrDefault(name)?.Model), DiagnosticSeverity.Warning);
        }

        return missing;

        void Check(ActivityNode node, string input, string code, Func<string, string?> problem, DiagnosticSeverity severity = DiagnosticSeverity.Error)
        {
            if (node.Type.StartsWith("LlmOrc.", StringComparison.Ordinal) && Literal(node, input) is { } name && problem(name) is { } message)
                missing.Add(new(severity, code, message, node.Id, Line: lines.Value.Of(node.Id)));
        }
    }

    /// <summary>What is wrong with the name of a model; null where nothing is.</summary>
    public string? FindModel(string name) => _settingsFailure?.Message ?? ProblemOf(() => _settings!.FindModel(name));

    private static string? Literal(ActivityNode node, string input) =>
        node.Inputs.TryGetValue(input, out var binding) && binding.Expression is { Type: Expression.Literal, Value: { ValueKind: JsonValueKind.String } value }
        && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : null;

    /// <summary>What is wrong with the name of an agent, or with its model; null where nothing is.</summary>
    public string? FindAgent(string name) => _settingsFailure?.Message ?? ProblemOf(() => _settings!.FindAgent(name) is { } agent ? _settings.FindModel(agent.Model) : null);

    // What a profile sets and its provider does not take. What is unknown is told elsewhere.
    private string? FindNotSent(string? model)
    {
        if (_settings is null || model is null)
            return null;
        try
        {
            return _settings.FindWarning(_settings.FindModel(model));
        }
        catch (FailureException)
        {
            return null;
        }
    }

    private string? FindTemplate(string name)
    {
        if (_templates is null)
            return $"There is no folder {_templatesPath}. It holds the prompt templates.";
        try
        {
            return _templates.TryRead(name, out _) ? null : $"There is no template '{name}' in {_templatesPath}.{Meant(name)}";
        }
        catch (ExpressionException exception)
        {
            return exception.Message;
        }
    }

    private string Meant(string name)
    {
        var names = _templates!.Names().Select(n => Path.ChangeExtension(n, null)).ToList();
        return Activities.Similarity.Closest(name, names, 3) is { Count: > 0 } similar ? $" Did you mean {string.Join(" or ", similar.Select(s => $"'{s}'"))}?"
            : names.Count > 0 ? $" There are: {string.Join(", ", names.Take(MostListed))}{(names.Count > MostListed ? ", …" : "")}."
            : "";
    }

    private static string? ProblemOf(Func<object?> find)
    {
        try
        {
            find();
            return null;
        }
        catch (FailureException exception)
        {
            return exception.Failure.Message;
        }
    }
}
