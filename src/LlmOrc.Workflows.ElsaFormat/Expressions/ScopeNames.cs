using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>Finds what Elsa's generated function names stand for: <c>getX</c>, <c>setX</c>, <c>getLengthFromGreeter</c>.</summary>
internal static class ScopeNames
{
    /// <summary>A variable by its name in Pascal case, as it is in function names.</summary>
    public static string? FindVariable(IExpressionScope scope, string pascalName) => Find(scope.VariableNames, pascalName);

    /// <summary>An input of the workflow by its name in Pascal case.</summary>
    public static string? FindInput(IExpressionScope scope, string pascalName) =>
        Find(scope.Graph.Inputs.Select(i => i.Name).Concat(new InputProperties(scope).Names), pascalName);

    /// <summary>The activity and output of <c>{Output}From{Activity}</c>. "From" may also be part of either name.</summary>
    public static (string ActivityId, string Output)? FindOutput(IExpressionScope scope, string call)
    {
        for (var at = call.IndexOf("From", StringComparison.Ordinal); at >= 0; at = call.IndexOf("From", at + 1, StringComparison.Ordinal))
        {
            if (at == 0 || FindNode(scope.Graph, call[(at + 4)..]) is not { } node)
                continue;
            if (node.Descriptor?.Outputs.FirstOrDefault(o => o.Name.Equals(call[..at], StringComparison.OrdinalIgnoreCase)) is { } output)
                return (node.Id, output.Name);
        }

        return null;
    }

    /// <summary>An activity by id, by name, or by its name in Pascal case.</summary>
    public static ActivityNode? FindNode(WorkflowGraph graph, string name) =>
        graph.FindNode(name)
        ?? graph.Nodes.FirstOrDefault(n => n.Name == name)
        ?? graph.Nodes.FirstOrDefault(n => Matches(n.Name, name) || Matches(n.Id, name));

    private static string? Find(IEnumerable<string> names, string pascalName) =>
        names.FirstOrDefault(n => Identifiers.Pascal(n) == pascalName) ?? names.FirstOrDefault(n => Matches(n, pascalName));

    private static bool Matches(string? name, string pascalName) =>
        name is not null && Identifiers.Pascal(name).Equals(pascalName, StringComparison.OrdinalIgnoreCase);
}
