using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Evaluates expressions of any dialect and converts the result to the type the document names.</summary>
internal sealed class ExpressionEvaluator(IEnumerable<IExpressionDialect> dialects)
{
    private readonly Dictionary<string, IExpressionDialect> _dialects = dialects.ToDictionary(d => d.Type, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="FailureException">The expression cannot be evaluated, or its value does not fit.</exception>
    public JsonElement Evaluate(Expression expression, string? typeName, IExpressionScope scope, CancellationToken cancellationToken)
    {
        try
        {
            return ValueConversion.ToNamedType(EvaluateAny(expression, scope, cancellationToken), typeName);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or FailureException))
        {
            throw new FailureException(Failure.From(exception), exception);
        }
    }

    private JsonElement EvaluateAny(Expression expression, IExpressionScope scope, CancellationToken cancellationToken) => expression.Type switch
    {
        Expression.Literal => expression.Value,
        Expression.Object or "Json" => ParseObject(expression.Value),
        Expression.Variable => ReadVariable(expression.Value, scope),
        Expression.Input => ReadInput(expression.Value, scope),
        var type when _dialects.TryGetValue(type, out var dialect) => dialect.Evaluate(expression, scope, cancellationToken),
        var type => throw new FailureException(new()
        {
            Type = "ExpressionTypeUnknown",
            Message = $"Expressions of type '{type}' are not run here. Use {string.Join(", ", _dialects.Keys.Order(StringComparer.Ordinal))}, Literal, Object, Variable or Input.",
        }),
    };

    // Elsa writes lists and objects either as JSON or as text of it; text that is no JSON stands for itself (an enum's name).
    private static JsonElement ParseObject(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString()!.AsSpan().TrimStart() is not ['[' or '{' or '"', ..])
            return value;
        try
        {
            return JsonElement.Parse(value.GetString()!);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The text of an Object expression is not JSON: {exception.Message}", exception);
        }
    }

    private static JsonElement ReadVariable(JsonElement reference, IExpressionScope scope)
    {
        var name = NameOf(reference);
        return scope.TryGetVariable(name, out var value)
            ? value
            : throw new FailureException(new() { Type = "VariableUnknown", Message = $"There is no variable '{name}' in scope. In scope are: {string.Join(", ", scope.VariableNames)}." });
    }

    private static JsonElement ReadInput(JsonElement reference, IExpressionScope scope)
    {
        var name = NameOf(reference);
        foreach (var property in scope.Input.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return Values.Null;
    }

    private static string NameOf(JsonElement reference) =>
        reference.ValueKind == JsonValueKind.Object && (reference.TryGetProperty("name", out var name) || reference.TryGetProperty("Name", out name))
            ? name.ToText()
            : reference.ToText();
}
