using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>What Switch and FlowSwitch share: cases are evaluated one by one; MatchFirst (default) stops at the first that holds, MatchAny asks all.</summary>
internal static class Cases
{
    public static FlowStep Enter(ActivityNode node, FlowEvent.Entered entered, Func<SwitchState, FlowStep> matched)
    {
        var mode = entered.Inputs.GetValueOrDefault("mode");
        var isAny = mode.ValueKind == JsonValueKind.String && string.Equals(mode.GetString(), "MatchAny", StringComparison.OrdinalIgnoreCase);
        return Ask(node, 0, new([], isAny), matched);
    }

    public static FlowStep Answer(ActivityNode node, SwitchState state, FlowEvent.Evaluated answer, Func<SwitchState, FlowStep> matched)
    {
        var next = answer.Value.ValueKind == JsonValueKind.True ? state with { Matched = [.. state.Matched, answer.Key] } : state;
        return next.Matched.Count > 0 && !next.MatchAny ? matched(next) : Ask(node, answer.Key + 1, next, matched);
    }

    public static FlowStep Ask(ActivityNode node, int key, SwitchState state, Func<SwitchState, FlowStep> matched) =>
        key < node.Cases.Count ? new(state, new FlowCommand.Evaluate(key, node.Cases[key].Condition, "Boolean")) : matched(state);
}
