using System.Text.Json;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>
/// Refuses to start a run with inputs that do not fit the schemas its document gives for them. Whoever starts it, from wherever, is held to
/// the same. The format <c>agents</c> stands for names of agents: a list, or, where the type may be string, a text with commas.
/// </summary>
internal sealed class InputSchemaCheck(AgentSettingsFile settings) : IStartCheck
{
    private const string Agents = "agents";

    public async ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var argument in graph.Inputs.Where(i => i.Schema.ValueKind != JsonValueKind.Undefined))
        {
            if (input.TryGetProperty(argument.Name, out var value) && !IsLeftOut(argument, value))
                problems.AddRange((await CheckAsync(argument.Schema, value, cancellationToken)).Select(p => $"The input '{argument.Name}'{p}"));
        }

        return problems;
    }

    // Callers that write every input have nothing to write there.
    private static bool IsLeftOut(ArgumentDefinition argument, JsonElement value) =>
        value.IsNothing() && !argument.IsRequired && argument.Default.ValueKind == JsonValueKind.Undefined;

    private async ValueTask<IEnumerable<string>> CheckAsync(JsonElement schema, JsonElement value, CancellationToken cancellationToken)
    {
        try
        {
            var read = JsonSchema.ReadInput(schema, isOfReply: false)!;
            var isAgents = schema.TryGetProperty("format", out var format) && format.ToText() == Agents;
            if (isAgents && value.ValueKind == JsonValueKind.String && read.Root.Types.Contains("string"))
                value = Values.From(Names(value.GetString()!));
            // Where it stands, "$", is the input itself.
            var misfits = read.Check(value).Select(p => p.StartsWith('$') ? p[1..] : $": {p}").ToList();
            return misfits.Count > 0 || !isAgents || value.ValueKind != JsonValueKind.Array ? misfits : await FindUnknownAsync(value, cancellationToken);
        }
        catch (FailureException exception)
        {
            return [$": {exception.Failure.Message}"];
        }
    }

    private static string[] Names(string text) => string.IsNullOrWhiteSpace(text) ? [] : text.Split(',', StringSplitOptions.TrimEntries);

    private async Task<IEnumerable<string>> FindUnknownAsync(JsonElement list, CancellationToken cancellationToken)
    {
        var names = list.EnumerateArray().Select(n => n.ToText()).ToList();
        var mistakes = ConversationRules.FindMistakes(names, [], mayBeMore: true).ToList();
        if (mistakes.Count == 0)
            mistakes.AddRange(ConversationRules.FindMisfits(await settings.ReadAsync(cancellationToken), names.Select(n => n.Trim()), people: null));
        return mistakes.Select(m => $": {m}");
    }
}
