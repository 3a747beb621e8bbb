using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>Bounds how many runs that requests started are at work at once. One that waits for a person or a time has let go of its place.</summary>
internal sealed partial class TriggerPlaces(IWorkflowRuntime runtime, AccessSettings settings, IHostApplicationLifetime life, ILogger<TriggerPlaces> logger)
{
    private int _taken;

    /// <summary>False where all are taken. Else <see cref="Leave"/> must follow.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= settings.MaxConcurrentTriggers)
            return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    /// <summary>The request is over; the place is free once its run rests.</summary>
    /// <param name="run">The run it started; null: none.</param>
    public void Leave(string? run)
    {
        if (run is null)
            Interlocked.Decrement(ref _taken);
        else
            _ = LeaveAtRestAsync(run);
    }

    private async Task LeaveAtRestAsync(string run)
    {
        try
        {
            await runtime.WaitAsync(run, cancellationToken: life.ApplicationStopping);
        }
#pragma warning disable CA1031 // Nobody waits for it, and whatever became of the run, it holds no place for ever.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogLost(exception, run);
        }
        finally
        {
            Interlocked.Decrement(ref _taken);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The run {Run} was not seen to its end, and its place is free")]
    private partial void LogLost(Exception exception, string run);
}
