using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>An agent did not answer, or a run stopped. All of it is kept, and can be gone on with.</summary>
public sealed class RunFailedException(string runId, Failure failure) : Exception(failure?.Message)
{
    /// <summary>
    /// The conversation or other run. The next message of a conversation goes on from where it stopped; any other run does by
    /// <see cref="IWorkflowRuntime.ContinueAsync"/>, or by <c>llm-orc resume</c> on the same store.
    /// </summary>
    public string RunId { get; } = runId;

    /// <summary>What went wrong, as it is kept.</summary>
    public Failure Failure { get; } = failure ?? throw new ArgumentNullException(nameof(failure));

    internal static RunFailedException Of(string runId, InstanceOutcome outcome) =>
        new(runId, outcome.Incidents.Count > 0 ? outcome.Incidents[^1].Failure : new() { Type = "Stopped", Message = $"The run '{runId}' stopped without saying why." });
}
