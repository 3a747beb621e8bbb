using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Which inputs of a workflow go to an activity as they are: what an expression makes of one is known when it is evaluated.</summary>
internal static class BoundInputs
{
    /// <summary>Names as the definition spells them.</summary>
    public static IReadOnlyList<string> Of(WorkflowGraph graph, string activityType, string activityInput)
    {
        var bound = graph.Nodes.Where(n => n.Type == activityType).Select(n => InputName(n, activityInput)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. graph.Inputs.Select(i => i.Name).Where(bound.Contains)];
    }

    /// <summary>Whether a start gives it, and not just as an empty text.</summary>
    public static bool IsGiven(JsonElement input, string name) => input.TryGetProperty(name, out var value) && !string.IsNullOrWhiteSpace(value.ToText());

    private static string? InputName(ActivityNode node, string activityInput) =>
        node.Inputs.TryGetValue(activityInput, out var binding) && binding.Expression is { Type: Expression.Input, Value: var value }
            && value.TryGetProperty("name", out var name) ? name.GetString() : null;
}
