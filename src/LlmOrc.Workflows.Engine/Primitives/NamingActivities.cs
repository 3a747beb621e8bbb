using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Primitives;

/// <summary>Names the instance.</summary>
[Activity("Elsa.SetName", Category = "Primitives", DisplayName = "Set Name", Description = "Names the run, for lists.")]
public sealed class SetNameActivity : IActivity
{
    [Input(Description = "The name.")]
    public string? Value { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) =>
        new(ActivityResult.Done(new NameChange(Value)));
}

/// <summary>Sets the instance's correlation id.</summary>
[Activity("Elsa.Correlate", Category = "Primitives", Description = "Ties the run to something of yours, e.g. an order or a pull request.")]
public sealed class CorrelateActivity : IActivity
{
    [Input(DisplayName = "Correlation ID", Description = "The id.")]
    public string? CorrelationId { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) =>
        new(ActivityResult.Done(new CorrelationChange(CorrelationId)));
}
