using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Start, End and FlowJoin: places without behaviour of their own. What a join waits for is the flowchart's business.</summary>
internal sealed class MilestoneActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) =>
        @event is FlowEvent.Entered ? new(null, FlowCommand.Complete.Done) : FlowStep.Stay(state);
}

/// <summary>The nearest loop stops after the current pass.</summary>
internal sealed class BreakActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) =>
        @event is FlowEvent.Entered ? new(null, new FlowCommand.Break(), FlowCommand.Complete.Done) : FlowStep.Stay(state);
}

/// <summary>Completes the enclosing workflow with the given outcomes (default <c>Done</c>).</summary>
internal sealed class CompleteActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event)
    {
        if (@event is not FlowEvent.Entered entered)
            return FlowStep.Stay(state);

        var outcomes = Outcomes.Of(entered.Inputs.GetValueOrDefault("outcomes"));
        return new(null, new FlowCommand.CompleteEnclosing(outcomes.Count == 0 ? ["Done"] : outcomes));
    }
}

/// <summary>Ends the instance at once.</summary>
internal sealed class FinishActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) =>
        @event is FlowEvent.Entered ? new(null, new FlowCommand.Finish()) : FlowStep.Stay(state);
}

/// <summary>Fails with the author's message.</summary>
internal sealed class FaultActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event)
    {
        if (@event is not FlowEvent.Entered entered)
            return FlowStep.Stay(state);

        return new(null, new FlowCommand.Fault(new()
        {
            Type = Text("faultType") ?? "System",
            Message = Text("message") ?? $"The activity '{node.Id}' ended the workflow with a fault.",
            Code = Text("code") ?? "0",
            Category = Text("category") ?? "General",
        }));

        string? Text(string input) => entered.Inputs.GetValueOrDefault(input) is var value && !value.IsNothing() ? value.ToText() : null;
    }
}
