using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>Refuses to start a run with a turn whose schema, a literal, cannot be used: nobody should pay for the turns before it.</summary>
internal sealed class SchemaStartCheck : IStartCheck
{
    public ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken) =>
        new([.. graph.Nodes.Where(n => n.Type == Activities.AgentTurnActivity.TypeName).Select(Problem).OfType<string>()]);

    // What an expression makes is known when it is evaluated.
    private static string? Problem(ActivityNode node)
    {
        if (!node.Inputs.TryGetValue("schema", out var binding) || binding.Expression is not { Type: Expression.Literal or Expression.Object, Value: var schema })
            return null;
        try
        {
            JsonSchema.ReadInput(schema);
            return null;
        }
        catch (FailureException exception)
        {
            return $"'{node.Id}': {exception.Failure.Message}";
        }
    }
}
