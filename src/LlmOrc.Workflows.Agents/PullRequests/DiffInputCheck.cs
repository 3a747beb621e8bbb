using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Refuses to start a run whose diff is none, where one is required. One that is optional may be meant to be empty, and is left to the run.</summary>
internal sealed class DiffInputCheck : IStartCheck
{
    public ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken) => new([.. Check(graph, input)]);

    private static IEnumerable<string> Check(WorkflowGraph graph, JsonElement input)
    {
        foreach (var diff in BoundInputs.Of(graph, ParsePullRequestActivity.TypeName, "diff").Where(name => IsNeeded(graph, input, name)))
        {
            if (Problem(diff, input.TryGetProperty(diff, out var value) ? value.ToText() : "") is { } problem)
                yield return problem;
        }
    }

    // Something else may stand for it; a diff that is given is looked at all the same.
    private static bool IsNeeded(WorkflowGraph graph, JsonElement input, string diff)
    {
        if (graph.Inputs.Any(i => i.IsRequired && i.Name == diff))
            return true;
        var others = graph.Inputs.Where(i => graph.AreAlternatives(i.Name, diff)).ToList();
        return others.Count > 0 && (BoundInputs.IsGiven(input, diff) || !others.Exists(i => BoundInputs.IsGiven(input, i.Name)));
    }

    private static string? Problem(string name, string diff)
    {
        try
        {
            PullRequest.From(diff, title: null, description: null, filesChanged: []);
            return null;
        }
        catch (FailureException exception)
        {
            return $"The input '{name}': {exception.Failure.Message}";
        }
    }
}
