using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>Waits for runs, for as long as a caller likes to.</summary>
internal static class Rests
{
    /// <summary>The run once it is over or waits; null where the time was not enough.</summary>
    public static async Task<InstanceRow?> RestsWithinAsync(this IWorkflowRuntime runtime, string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero)
            return null;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        try
        {
            return await runtime.WaitAsync(id, cancellationToken: time.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
