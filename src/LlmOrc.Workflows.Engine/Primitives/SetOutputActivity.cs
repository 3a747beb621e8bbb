using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Primitives;

/// <summary>Sets an output of the workflow.</summary>
[Activity("Elsa.SetOutput", Category = "Primitives", DisplayName = "Set Output", Description = "Sets an output of the workflow.")]
public sealed class SetOutputActivity : IActivity
{
    [Input(Description = "Name of the output.", UIHint = "output-picker")]
    public required string OutputName { get; init; }

    [Input(Description = "Its value.")]
    public JsonElement OutputValue { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) =>
        new(ActivityResult.Done(new OutputChange(OutputName, OutputValue)));
}
