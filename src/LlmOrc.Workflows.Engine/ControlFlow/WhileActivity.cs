using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Runs the body as long as the condition, evaluated before every pass, holds.</summary>
internal sealed class WhileActivity : IControlFlow
{
    public bool HandlesBreak => true;

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event)
    {
        var loop = state as LoopState ?? new(0, default);
        return @event switch
        {
            FlowEvent.Evaluated { Value.ValueKind: JsonValueKind.True } => Pass(node, loop),
            FlowEvent.Evaluated => new(loop, FlowCommand.Complete.Done),
            FlowEvent.BreakRaised => FlowStep.Stay(loop with { IsBreaking = true }),
            FlowEvent.ChildCompleted or FlowEvent.ChildCanceled when loop.IsBreaking => new(loop, FlowCommand.Complete.Done),
            _ => Ask(node, loop),
        };
    }

    private static FlowStep Pass(ActivityNode node, LoopState loop) =>
        node.Port("body") is { } body ? new(loop with { Index = loop.Index + 1 }, new FlowCommand.Schedule(body, loop.Index)) : Ask(node, loop);

    private static FlowStep Ask(ActivityNode node, LoopState loop) =>
        node.Inputs.TryGetValue("condition", out var condition)
            ? new(loop, new FlowCommand.Evaluate(0, condition.Expression, "Boolean"))
            : new(loop, FlowCommand.Complete.Done);
}
