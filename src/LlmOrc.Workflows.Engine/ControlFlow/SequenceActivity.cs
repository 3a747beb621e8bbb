using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>One child after the other; ends early after a terminal child, a break or a cancelled child.</summary>
internal sealed class SequenceActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event)
    {
        var sequence = state as SequenceState ?? new(0);
        return @event switch
        {
            FlowEvent.Entered => Next(node, sequence),
            FlowEvent.ChildCompleted { Child.Descriptor.IsTerminal: true } => new(sequence, FlowCommand.Complete.Done),
            FlowEvent.ChildCompleted when !sequence.IsBreaking => Next(node, sequence),
            FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => new(sequence, FlowCommand.Complete.Done),
            FlowEvent.BreakRaised => FlowStep.Stay(sequence with { IsBreaking = true }),
            _ => FlowStep.Stay(sequence),
        };
    }

    private static FlowStep Next(ActivityNode node, SequenceState sequence) =>
        sequence.Next < node.Children.Count
            ? new(sequence with { Next = sequence.Next + 1 }, new FlowCommand.Schedule(node.Children[sequence.Next]))
            : new(sequence, FlowCommand.Complete.Done);
}
