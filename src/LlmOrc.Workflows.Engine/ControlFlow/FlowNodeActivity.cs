using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>A container around one body.</summary>
internal sealed class FlowNodeActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered when node.Port("body") is { } body => new(null, new FlowCommand.Schedule(body)),
        FlowEvent.Entered or FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => new(null, FlowCommand.Complete.Done),
        _ => FlowStep.Stay(state),
    };
}
