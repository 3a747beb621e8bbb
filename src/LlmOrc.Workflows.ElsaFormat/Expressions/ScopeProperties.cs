using System.Text.Json;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>Variables in scope as the properties of an object. A name that is not found as spelled is looked for in any case.</summary>
internal sealed class VariableProperties(IExpressionScope scope) : IHostProperties
{
    public IEnumerable<string> Names => scope.VariableNames;

    public bool TryGet(string name, out JsonElement value) =>
        scope.TryGetVariable(name, out value)
        || (scope.VariableNames.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known && scope.TryGetVariable(known, out value));

    public void Set(string name, JsonElement value)
    {
        try
        {
            if (scope.TrySetVariable(name, value))
                return;
        }
        catch (FormatException exception)
        {
            throw new NotSupportedException($"The variable '{name}' does not take this value: {exception.Message}", exception);
        }

        throw new NotSupportedException($"There is no variable '{name}' here: declare it in the workflow or a container.{Meant.Instead(name, scope.VariableNames)}");
    }
}

/// <summary>The instance's input as the properties of an object, read only.</summary>
internal sealed class InputProperties(IExpressionScope scope) : IHostProperties
{
    public IEnumerable<string> Names => scope.Input.ValueKind == JsonValueKind.Object ? scope.Input.EnumerateObject().Select(p => p.Name) : [];

    public bool TryGet(string name, out JsonElement value)
    {
        value = default;
        if (scope.Input.ValueKind != JsonValueKind.Object)
            return false;
        if (scope.Input.TryGetProperty(name, out value))
            return true;

        foreach (var property in scope.Input.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                value = property.Value;
                return true;
            }
        }

        // An input that is declared and was not given is there and holds nothing.
        value = Values.Null;
        return scope.Graph.Inputs.Any(i => i.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    public void Set(string name, JsonElement value) => throw new NotSupportedException("The input of a run does not change: use a variable.");
}

/// <summary>Outputs of activities, by the activity's id or name: <c>outputs.Writer.result</c>.</summary>
internal sealed class OutputProperties(IExpressionScope scope) : IHostProperties
{
    public IEnumerable<string> Names => scope.Graph.Nodes.Where(n => n.KeepsOutputs).Select(n => n.Name ?? n.Id);

    public bool TryGet(string name, out JsonElement value)
    {
        value = default;
        if (ScopeNames.FindNode(scope.Graph, name) is not { } node)
            return false;

        var outputs = node.Descriptor?.Outputs.ToDictionary(o => o.Name, o => Defined(scope.GetOutput(node.Id, o.Name))) ?? [];
        value = JsonSerializer.SerializeToElement(outputs);
        return true;
    }

    public void Set(string name, JsonElement value) => throw new NotSupportedException("Outputs of activities do not change: use a variable.");

    private static JsonElement Defined(JsonElement value) => value.IsNothing() ? Values.Null : value;
}

/// <summary>An object that is named in Elsa's documents and deliberately not offered.</summary>
internal sealed class RefusedProperties(string problem) : IHostProperties
{
    public IEnumerable<string> Names => [];

    public bool TryGet(string name, out JsonElement value) => throw new ExpressionException(ExpressionErrorKind.Runtime, problem, "expression");

    public void Set(string name, JsonElement value) => throw new NotSupportedException(problem);
}
