using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>All children side by side; completes with the last.</summary>
internal sealed class ParallelActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered when node.Children.Count == 0 => new(null, FlowCommand.Complete.Done),
        FlowEvent.Entered => new(new CountState(node.Children.Count), [.. node.Children.Select(c => new FlowCommand.Schedule(c))]),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => SideBySide.OneLess((CountState)state!),
        _ => FlowStep.Stay(state),
    };
}

/// <summary>What composites share whose children run side by side.</summary>
internal static class SideBySide
{
    public static FlowStep OneLess(CountState state) =>
        state.Alive <= 1 ? new(state with { Alive = 0 }, FlowCommand.Complete.Done) : FlowStep.Stay(state with { Alive = state.Alive - 1 });
}
