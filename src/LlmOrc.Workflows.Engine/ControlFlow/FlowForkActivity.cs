using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Completes with one outcome per branch, all at once; without branches with <c>Done</c>.</summary>
internal sealed class FlowForkActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event)
    {
        if (@event is not FlowEvent.Entered entered)
            return FlowStep.Stay(state);

        var branches = Outcomes.Of(entered.Inputs.GetValueOrDefault("branches"));
        return new(null, branches.Count == 0 ? FlowCommand.Complete.Done : new FlowCommand.Complete(branches));
    }
}

/// <summary>Reads outcome names from a value: a list, JSON text of a list, or one name.</summary>
internal static class Outcomes
{
    public static IReadOnlyList<string> Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray().Select(v => v.ToText())],
        JsonValueKind.String when value.GetString()!.TrimStart().StartsWith('[') => Of(ValueConversion.ToNamedType(value, "String[]")),
        JsonValueKind.String when value.GetString()!.Length > 0 => [value.GetString()!],
        _ => [],
    };
}
