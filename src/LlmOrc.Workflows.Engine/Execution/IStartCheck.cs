using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// Looks at what a run is about to be started with. Inputs are pinned with the run: one that some activity is certain to refuse is refused
/// here, before anything is stored, and not in a run that nobody can mend. Register any number of them.
/// </summary>
public interface IStartCheck
{
    /// <summary>What is wrong, each as a sentence that says what to do; empty where nothing is.</summary>
    /// <param name="input">An object: what the caller gave, with defaults, fitted to the definition's types.</param>
    ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken);

    /// <summary>The same, with all else that was asked for, e.g. the run's settings. It is what is called; the default looks at the inputs only.</summary>
    ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, StartRequest request, CancellationToken cancellationToken) =>
        CheckAsync(graph, input, cancellationToken);
}
