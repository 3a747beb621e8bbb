using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Refuses to start a run whose required diff is none. One that is optional may be meant to be empty, and is left to the run.</summary>
internal sealed class DiffInputCheck : IStartCheck
{
    public IEnumerable<string> Check(WorkflowGraph graph, JsonElement input)
    {
        var diffs = graph.Nodes.Where(n => n.Type == ParsePullRequestActivity.TypeName).Select(InputName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return graph.Inputs.Where(i => i.IsRequired && diffs.Contains(i.Name))
            .Select(i => Problem(i.Name, input.TryGetProperty(i.Name, out var diff) ? diff.ToText() : "")).OfType<string>();
    }

    // Only what is bound to an input as it is: what an expression makes of one is known when it is evaluated.
    private static string? InputName(ActivityNode node) =>
        node.Inputs.TryGetValue("diff", out var binding) && binding.Expression is { Type: Expression.Input, Value: var value }
            && value.TryGetProperty("name", out var name) ? name.GetString() : null;

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
