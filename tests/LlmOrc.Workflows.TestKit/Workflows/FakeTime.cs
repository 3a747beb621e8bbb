using Microsoft.Extensions.Time.Testing;

namespace LlmOrc.Workflows.TestKit.Workflows;

public static class FakeTime
{
    /// <summary>Lets time pass, a stretch at a time, until a task is done. Between the stretches others get to run: timers of a fake clock fire at once, what they start does not.</summary>
    public static async Task PassUntilAsync(this FakeTimeProvider time, Task done, TimeSpan stretch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(done);
        while (!done.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            time.Advance(stretch);
            await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken));
        }

        await done;
    }
}
