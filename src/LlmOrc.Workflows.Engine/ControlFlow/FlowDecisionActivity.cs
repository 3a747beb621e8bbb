using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Completes with <c>True</c> or <c>False</c>.</summary>
internal sealed class FlowDecisionActivity : IControlFlow
{
    private static readonly FlowCommand.Complete Yes = new(["True"]);
    private static readonly FlowCommand.Complete No = new(["False"]);

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) =>
        @event is FlowEvent.Entered entered
            ? new(null, entered.Inputs.GetValueOrDefault("condition").ValueKind == JsonValueKind.True ? Yes : No)
            : FlowStep.Stay(state);
}
