using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Runs the body once for each item, one after the other.</summary>
internal sealed class ForEachActivity : IControlFlow
{
    public bool HandlesBreak => true;

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered entered when Loops.TryReadItems(entered.Inputs.GetValueOrDefault("items"), out var items) => Next(node, new(0, items)),
        FlowEvent.Entered entered => new(null, new FlowCommand.Fault(Loops.NotAList(node, entered.Inputs["items"]))),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => Next(node, (LoopState)state!),
        FlowEvent.BreakRaised => FlowStep.Stay((LoopState)state! with { IsBreaking = true }),
        _ => FlowStep.Stay(state),
    };

    private static FlowStep Next(ActivityNode node, LoopState loop) =>
        !loop.IsBreaking && loop.Index < loop.Items.GetArrayLength() && node.Port("body") is { } body
            ? Loops.Pass(node, loop, body, loop.Items[loop.Index])
            : new(loop, FlowCommand.Complete.Done);
}

/// <summary>Runs the body once for each item, side by side; completes with the last. A break cancels the others.</summary>
internal sealed class ParallelForEachActivity : IControlFlow
{
    public bool HandlesBreak => true;

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered entered when Loops.TryReadItems(entered.Inputs.GetValueOrDefault("items"), out var items) => Enter(node, items),
        FlowEvent.Entered entered => new(null, new FlowCommand.Fault(Loops.NotAList(node, entered.Inputs["items"]))),
        FlowEvent.ChildCompleted when state is CountState { IsBreaking: true } => new(state, FlowCommand.Complete.Done),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => SideBySide.OneLess((CountState)state!),
        FlowEvent.BreakRaised => FlowStep.Stay((CountState)state! with { IsBreaking = true }),
        _ => FlowStep.Stay(state),
    };

    private static FlowStep Enter(ActivityNode node, JsonElement items)
    {
        if (node.Port("body") is not { } body || items.GetArrayLength() == 0)
            return new(null, FlowCommand.Complete.Done);

        FlowCommand[] bodies =
        [
            .. items.EnumerateArray().Select((item, index) => new FlowCommand.Schedule(
                body, index, [new("CurrentValue", item), new("CurrentIndex", Values.Number(index))])),
        ];
        return new(new CountState(bodies.Length), bodies);
    }
}
