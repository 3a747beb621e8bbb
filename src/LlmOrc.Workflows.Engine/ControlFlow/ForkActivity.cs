using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Branches side by side; <c>WaitAll</c> (default) waits for the last, <c>WaitAny</c> for the first, whose completion cancels the rest.</summary>
internal sealed class ForkActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered when node.Children.Count == 0 => new(null, FlowCommand.Complete.Done),
        FlowEvent.Entered => new(new CountState(node.Children.Count), [.. node.Children.Select(c => new FlowCommand.Schedule(c))]),
        // Completing cancels whatever is still alive; a break ends the fork with the branch that broke.
        FlowEvent.ChildCompleted when JoinModes.Of(node, "joinMode", JoinMode.WaitAll) == JoinMode.WaitAny || state is CountState { IsBreaking: true } =>
            new(state, FlowCommand.Complete.Done),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => SideBySide.OneLess((CountState)state!),
        FlowEvent.BreakRaised => FlowStep.Stay((CountState)state! with { IsBreaking = true }),
        _ => FlowStep.Stay(state),
    };
}
