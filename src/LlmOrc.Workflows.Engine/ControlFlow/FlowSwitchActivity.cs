using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Completes with the labels of the cases that hold, else with <c>Default</c>.</summary>
internal sealed class FlowSwitchActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered entered => Cases.Enter(node, entered, s => Finish(node, s)),
        FlowEvent.Evaluated answer => Cases.Answer(node, (SwitchState)state!, answer, s => Finish(node, s)),
        FlowEvent.Retried retried => Cases.Ask(node, retried.Key, (SwitchState)state!, s => Finish(node, s)),
        _ => FlowStep.Stay(state),
    };

    private static FlowStep Finish(ActivityNode node, SwitchState state) =>
        new(state, new FlowCommand.Complete(state.Matched.Count > 0 ? [.. state.Matched.Select(i => node.Cases[i].Label)] : ["Default"]));
}
