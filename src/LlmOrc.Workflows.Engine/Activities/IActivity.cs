namespace LlmOrc.Workflows.Activities;

/// <summary>
/// The code behind a leaf node. Services come by constructor, inputs by <see cref="InputAttribute"/> properties; an object
/// lives for one execution attempt. It acts, and says by its result what should change: only the engine changes state.
/// </summary>
public interface IActivity
{
    /// <summary>
    /// Executes, or re-executes after a wait (<see cref="ActivityContext.ResumedBy"/>), a retry or a crash
    /// (<see cref="ActivityContext.Attempt"/> greater than 1). Outputs are read from <see cref="OutputAttribute"/> properties when it is done.
    /// </summary>
    /// <exception cref="Exception">Becomes a <see cref="Failure"/> of the execution.</exception>
    ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken);
}
