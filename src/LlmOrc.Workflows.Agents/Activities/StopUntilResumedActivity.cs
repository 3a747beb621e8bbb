using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// Stops the run with a failure, as Elsa.Fault does; but when somebody has mended the cause and resumes the run, it completes, so
/// that a connection back from it can repeat what failed. (A resumed Elsa.Fault only faults again.)
/// </summary>
[Activity("LlmOrc.StopUntilResumed", Category = "Primitives", Description = "Stops the run with a failure. When somebody resumes the run, goes on from here.")]
public sealed class StopUntilResumedActivity : IActivity
{
    [Input(Description = "Why the run stops.", UIHint = "multiline")]
    public required string Message { get; init; }

    [Input(Description = "A short, stable name of the kind of failure.", DefaultValue = "Stopped")]
    public string? Code { get; init; }

    // It has no effect, so that nothing but a person's retry makes a second attempt of it.
    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(context.Attempt > 1
            ? ActivityResult.Done()
            : ActivityResult.Fail(new Failure { Type = string.IsNullOrWhiteSpace(Code) ? "Stopped" : Code, Message = Message }
                .WithAdvice($"Then go on with `llm-orc resume {context.InstanceId}`.")));
    }
}
