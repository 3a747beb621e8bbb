using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Http;

namespace LlmOrc.Workflows.Server.Triggers;

/// <summary>An HTTP endpoint of a document that starts its workflow.</summary>
/// <param name="Workflow">The document's name.</param>
/// <param name="Path">A route template below the base path.</param>
/// <param name="Methods">Upper-case.</param>
/// <param name="Permission">What a caller needs, wherever she calls from; null: she may be anonymous where the server allows it.</param>
/// <param name="Timeout">How long a caller waits for an answer; null: as long as the server says.</param>
/// <param name="MaxBodyBytes">Null: as many as the server says.</param>
/// <param name="ExposesTooLarge">Whether a larger one is the workflow's to answer.</param>
internal sealed record HttpTrigger(
    string Workflow, ReadOnlyMemory<byte> Document, WorkflowGraph Graph, string ActivityId, string Path, IReadOnlyList<string> Methods, string? Permission, TimeSpan? Timeout, long? MaxBodyBytes, bool ExposesTooLarge)
{
    /// <summary>The triggers of a document. What is wrong with one is told, and it is left out.</summary>
    public static IEnumerable<HttpTrigger> Of(string workflow, ReadOnlyMemory<byte> document, WorkflowGraph graph, Action<string> tell)
    {
        foreach (var node in graph.Nodes.Where(n => n.Type == HttpEndpointActivity.Bookmark && n.CanStartWorkflow))
        {
            if (Read<string>(node, "path") is not { Length: > 0 } path)
            {
                tell($"The activity '{node.Id}' of {workflow} has no path, or an expression for one: what starts a workflow needs a literal path.");
                continue;
            }

            yield return new(
                workflow, document, graph, node.Id, HttpRoute.Normalize(path), HttpRoute.Methods(Read<IReadOnlyList<string>>(node, "supportedMethods")),
                Read<bool>(node, "authorize") ? Read<string>(node, "policy") is { Length: > 0 } policy ? policy : Persistence.Access.Permission.StartWorkflows : null,
                Read<TimeSpan?>(node, "requestTimeout"), Read<long?>(node, "requestSizeLimit"), Read<bool>(node, "exposeRequestTooLargeOutcome"));
        }
    }

    private static T? Read<T>(ActivityNode node, string input)
    {
        if (node.Inputs.FirstOrDefault(i => i.Key.Equals(input, StringComparison.OrdinalIgnoreCase)).Value is not { Expression: { Type: Expression.Literal or Expression.Object } expression })
            return default;
        try
        {
            return ValueConversion.To<T>(expression.Value);
        }
        catch (Exception exception) when (exception is FormatException or System.Text.Json.JsonException or NotSupportedException)
        {
            return default;
        }
    }
}
