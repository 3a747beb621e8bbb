using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Prompts;

/// <summary>Refuses to start a run that names a template, in a literal, which does not exist: nobody should pay for the turns before it.</summary>
internal sealed class TemplateStartCheck(PromptTemplates prompts) : IStartCheck
{
    public ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken) =>
        new([.. graph.Nodes.Where(n => n.Type is AgentTurnActivity.TypeName or RenderPromptActivity.TypeName).Select(Problem).OfType<string>()]);

    private string? Problem(ActivityNode node) =>
        // A turn that may fail has a way of its own to go on.
        Literal(node, "template") is not { } name || string.Equals(Literal(node, "onFailure"), nameof(OnFailure.Continue), StringComparison.OrdinalIgnoreCase) || prompts.FindProblem(name) is not { } problem
            ? null
            : $"'{node.Id}': {problem}";

    private static string? Literal(ActivityNode node, string input) =>
        node.Inputs.TryGetValue(input, out var binding) && binding.Expression is { Type: Expression.Literal, Value: var value } ? Inputs.NotBlank(value.ToText()) : null;
}
