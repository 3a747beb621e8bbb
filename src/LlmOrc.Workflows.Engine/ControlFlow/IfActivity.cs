using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Runs <c>then</c> or <c>else</c>; a missing branch completes at once.</summary>
internal sealed class IfActivity : IControlFlow
{
    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered entered => Choose(node, entered.Inputs.GetValueOrDefault("condition").ValueKind == JsonValueKind.True),
        FlowEvent.ChildCompleted or FlowEvent.ChildCanceled => new(state, FlowCommand.Complete.Done),
        _ => FlowStep.Stay(state),
    };

    private static FlowStep Choose(ActivityNode node, bool condition)
    {
        var result = new FlowCommand.SetScoped("result", condition ? Values.True : Values.False);
        FlowCommand next = node.Port(condition ? "then" : "else") is { } branch ? new FlowCommand.Schedule(branch) : FlowCommand.Complete.Done;
        return node.Outputs.Count == 0 ? new(null, next) : new(null, result, next);
    }
}
