using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>The implicit outermost activity: runs the document's root and owns the definition's variables.</summary>
internal sealed class WorkflowActivity : IControlFlow
{
    public bool HandlesComplete => true;

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered when node.Children is [var root, ..] => new(null, new FlowCommand.Schedule(root)),
        FlowEvent.Entered or FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => new(null, FlowCommand.Complete.Done),
        _ => FlowStep.Stay(state),
    };
}
