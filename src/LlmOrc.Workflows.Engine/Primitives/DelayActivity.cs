using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.Primitives;

/// <summary>Lets time pass: a durable timer, which may be years away and fires at the next start where nothing runs when it is due.</summary>
[Activity("Elsa.Delay", Category = "Scheduling", Description = "Waits for a time, without using memory.")]
public sealed class DelayActivity : IActivity
{
    private const string Timer = "delay";

    [Input(DisplayName = "Time Span", Description = "How long to wait, e.g. 00:01:00.", DefaultValue = "00:01:00")]
    public TimeSpan? TimeSpan { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(context.ResumedBy is null
            ? ActivityResult.Wait([], [new(Timer, context.StartedAt + (TimeSpan ?? System.TimeSpan.FromMinutes(1)))])
            : ActivityResult.Done());
    }
}
