using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Runs the activities of the cases that hold, else <c>default</c>; completes with the last of them.</summary>
internal sealed class SwitchActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered entered => Cases.Enter(node, entered, s => Run(node, s)),
        FlowEvent.Evaluated answer => Cases.Answer(node, (SwitchState)state!, answer, s => Run(node, s)),
        FlowEvent.Retried retried => Cases.Ask(node, retried.Key, (SwitchState)state!, s => Run(node, s)),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => OneLess((SwitchState)state!),
        _ => FlowStep.Stay(state),
    };

    private static FlowStep Run(ActivityNode node, SwitchState state)
    {
        var chosen = state.Matched.Count > 0 ? state.Matched.Select(i => node.Cases[i].Activity) : [node.Port("default")];
        FlowCommand[] scheduled = [.. chosen.OfType<ActivityNode>().Select(a => new FlowCommand.Schedule(a))];
        return scheduled.Length == 0 ? new(state, FlowCommand.Complete.Done) : new(state with { Alive = scheduled.Length }, scheduled);
    }

    private static FlowStep OneLess(SwitchState state) =>
        state.Alive <= 1 ? new(state, FlowCommand.Complete.Done) : FlowStep.Stay(state with { Alive = state.Alive - 1 });
}
