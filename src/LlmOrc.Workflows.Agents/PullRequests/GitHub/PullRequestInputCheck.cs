using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Refuses to start a run with an address that names no pull request, or with an address and a diff where the workflow takes one of them.</summary>
internal sealed class PullRequestInputCheck(GitHubAccess access) : IStartCheck
{
    public ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken) => new([.. Check(graph, input)]);

    private IEnumerable<string> Check(WorkflowGraph graph, JsonElement input)
    {
        var urls = BoundInputs.Of(graph, FetchPullRequestActivity.TypeName, "url");
        var diffs = BoundInputs.Of(graph, ParsePullRequestActivity.TypeName, "diff");
        foreach (var url in urls.Where(name => BoundInputs.IsGiven(input, name)))
        {
            if (Problem(input.GetProperty(url).ToText()) is { } problem)
                yield return $"The input '{url}': {problem}";
            if (diffs.FirstOrDefault(diff => graph.AreAlternatives(url, diff) && BoundInputs.IsGiven(input, diff)) is { } both)
                yield return $"The inputs '{both}' and '{url}' are both given, and one of them is reviewed: leave the other one out.";
        }
    }

    private string? Problem(string url)
    {
        try
        {
            PullRequestAddress.Parse(url, access.Host);
            return null;
        }
        catch (FailureException exception)
        {
            return exception.Failure.Message;
        }
    }
}
