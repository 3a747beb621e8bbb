using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Primitives;

/// <summary>Assigns a variable, found by its id.</summary>
[Activity("Elsa.SetVariable", Category = "Primitives", DisplayName = "Set Variable", Description = "Assigns a value to a variable.")]
public sealed class SetVariableActivity : IActivity
{
    /// <summary>The variable as the document has it: an object with at least <c>id</c>.</summary>
    [Input(Description = "The variable.", UIHint = "variable-picker", IsRaw = true)]
    public required JsonElement Variable { get; init; }

    [Input(Description = "Its new value, converted to the variable's type.")]
    public JsonElement Value { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) => new(
        Variable is { ValueKind: JsonValueKind.Object } && Variable.TryGetProperty("id", out var id)
            ? ActivityResult.Done(new VariableChange(id.ToText(), Value))
            : ActivityResult.Fail(new() { Type = "VariableUnknown", Message = "No variable is chosen. Choose one in the activity's 'variable' input." }));
}
