using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Json;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Reads inputs in all the forms that documents have, and checks the expressions inside.</summary>
internal sealed class ExpressionReader(
    IReadOnlyDictionary<string, IExpressionDialect> dialects, IReadOnlyList<ArgumentDefinition> workflowInputs, Findings findings)
{
    // A script broken at its start reports each following line; the first ones tell.
    private const int MostProblemsPerExpression = 3;

    private static readonly string[] BuiltIn = [Expression.Literal, Expression.Object, Expression.Variable, Expression.Input];

    /// <summary>Reads one input of an activity; null where the document gives it no value.</summary>
    public InputBinding? Read(InputDescriptor input, JsonPlace place, string activityId, Scope scope)
    {
        var expression = input.IsRaw ? Raw(place) : Wrapped(input, place, activityId, scope);
        if (expression is null)
            return null;

        var typeName = place["typeName"]?.Text is { Length: > 0 } spelled ? spelled : input.TypeName;
        CheckObject(expression, place, activityId);
        return new(input.Name, typeName, expression);
    }

    /// <summary>The condition of a case: <c>{type, value}</c>, or wrapped as an input; null where there is none.</summary>
    public Expression? ReadCondition(JsonPlace? place, string activityId, Scope scope) => place is null
        ? null
        : Wrapped(new InputDescriptor("condition", "Boolean"), place, activityId, scope);

    /// <summary>The variable that a SetVariable names, as <c>{id, name}</c>; null where it names none that exists.</summary>
    public Expression? ReadTarget(JsonPlace place, string activityId, Scope scope)
    {
        var target = place["expression"]?["value"] ?? place["memoryReference"] ?? place;
        return Resolved(target, activityId, scope) is { } variable ? new(Expression.Literal, variable) : null;
    }

    /// <summary>Checks source text that stands in a literal, e.g. the script of RunJavaScript.</summary>
    public void CheckSource(string type, Expression literal, JsonPlace place, string activityId)
    {
        if (literal.Type == Expression.Literal && dialects.TryGetValue(type, out var dialect))
            Check(dialect, new(dialect.Type, literal.Value), place, activityId);
    }

    private static Expression Raw(JsonPlace place)
    {
        // Documents written before an input became raw have it wrapped.
        var value = place["expression"]?["value"] ?? place;
        return new(Expression.Literal, value.Text is { } text && text.AsSpan().TrimStart() is ['{' or '[', ..] && JsonText.ParseInner(text) is { } parsed
            ? parsed
            : value.Value.Clone());
    }

    private Expression? Wrapped(InputDescriptor input, JsonPlace place, string activityId, Scope scope)
    {
        if (!place.IsObject)
            return new(Expression.Literal, place.Value.Clone());
        if (place["expression"] is { } expression)
            return expression.IsObject ? ReadExpression(expression, activityId, scope) : new(Expression.Literal, expression.Value.Clone());
        if (place["memoryReference"] is { } reference)
            return FromMemory(reference, activityId, scope);
        if (place["type"]?.Text is { } type && place.Members.ContainsKey("value") && IsKnown(type))
            return ReadExpression(place, activityId, scope);
        if (place.Members.ContainsKey("typeName") || place.Members.Count == 0)
            return null;

        findings.Warn(
            "plain-input", $"Input '{input.Name}' is a plain object and read as a literal; Elsa's own server ignores it: wrap it in {{typeName, expression}}.", place, activityId);
        return new(Expression.Literal, place.Value.Clone());
    }

    private Expression? ReadExpression(JsonPlace place, string activityId, Scope scope)
    {
        var type = place["type"]?.Text ?? Expression.Literal;
        var value = place["value"];
        if (value is null)
            return null;

        switch (type.ToUpperInvariant())
        {
            case "LITERAL":
                return new(Expression.Literal, value.Value.Clone());
            case "OBJECT" or "JSON":
                return new(Expression.Object, value.Value.Clone());
            case "VARIABLE":
                return Resolved(value, activityId, scope) is { } variable ? new(Expression.Variable, variable) : null;
            case "INPUT":
                return ResolvedInput(value, activityId) is { } name ? new(Expression.Input, JsonSerializer.SerializeToElement(new { name })) : null;
            case "CSHARP" or "C#" or "PYTHON":
                findings.Warn(
                    "language-refused",
                    $"C# and Python expressions are refused when the activity runs ('{type}' here), because they would run with all rights of the server: write it in JavaScript.",
                    value, activityId);
                return new(type, value.Value.Clone());
        }

        if (!dialects.TryGetValue(type, out var dialect))
        {
            findings.Error(
                "expression-type-unknown", $"The expression type '{Meant.Shortened(type)}' is not known.{Meant.Instead(type, BuiltIn.Concat(dialects.Keys))}", place, activityId);
            return null;
        }

        var expression = new Expression(dialect.Type, value.Value.Clone());
        Check(dialect, expression, value, activityId);
        return expression;
    }

    private bool IsKnown(string type) => dialects.ContainsKey(type) || Array.Exists(BuiltIn, b => b.Equals(type, StringComparison.OrdinalIgnoreCase));

    private void Check(IExpressionDialect dialect, Expression expression, JsonPlace place, string activityId)
    {
        try
        {
            foreach (var (message, line, column) in dialect.Check(expression).Take(MostProblemsPerExpression))
                findings.Error("expression-invalid", $"{dialect.Type} line {line}, column {column}: {message}", place, activityId);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A dialect is a plug-in; one that throws on odd source must not take the reader with it.
            findings.Error("expression-invalid", $"{dialect.Type} could not read it: {exception.Message}", place, activityId);
        }
    }

    // Text that looks like JSON is parsed when the activity starts; a missing bracket is better told now.
    private void CheckObject(Expression expression, JsonPlace place, string activityId)
    {
        if (expression is not { Type: Expression.Object, Value.ValueKind: JsonValueKind.String } || expression.Value.GetString()!.AsSpan().TrimStart() is not (['{' or '[', ..]))
            return;
        try
        {
            JsonElement.Parse(expression.Value.GetString()!);
        }
        catch (JsonException exception)
        {
            findings.Error("expression-invalid", $"The text of the Object expression is not JSON: {JsonText.WithoutPlace(exception.Message)}", place, activityId);
        }
    }

    // Inputs of old files, and of the designer for inputs that nobody touched, name a memory cell instead of an expression.
    private Expression? FromMemory(JsonPlace reference, string activityId, Scope scope)
    {
        var id = reference["id"]?.Text ?? reference.Text;
        if (string.IsNullOrEmpty(id) || id.StartsWith($"{activityId}:", StringComparison.Ordinal))
            return null;
        return Resolved(reference, activityId, scope) is { } variable ? new(Expression.Variable, variable) : null;
    }

    private JsonElement? Resolved(JsonPlace place, string activityId, Scope scope)
    {
        var variable = Opened(place);
        var id = variable["id"]?.Text;
        var name = variable["name"]?.Text;
        if (variable.Text is { Length: > 0 } bare)
        {
            id = scope.ById(bare)?.Id;
            name = bare;
        }

        if (!string.IsNullOrEmpty(id) && scope.ById(id) is { } byId)
            return Reference(byId.Id, byId.Name);
        if (string.IsNullOrEmpty(id) && name is not null && scope.ByName(name) is { } byName)
            return Reference(byName.Id, byName.Name);
        if (name is not null && scope.IsIterationVariable(name))
            return Reference(id ?? name, name);

        var wanted = name ?? id;
        findings.Error("variable-unknown", UnknownVariable(wanted, id, scope), place, activityId);
        return null;
    }

    private static string UnknownVariable(string? wanted, string? id, Scope scope) => wanted switch
    {
        null => "It names no variable: choose one.",
        _ when scope.ByName(wanted) is { } sameName => $"No variable in reach has the id '{Meant.Shortened(id ?? "")}'; one called '{sameName.Name}' has the id '{sameName.Id}': choose it again.",
        _ => $"No variable '{Meant.Shortened(wanted)}' is in reach.{Meant.Instead(wanted, scope.Names)}",
    };

    private static JsonElement Reference(string id, string name) => JsonSerializer.SerializeToElement(new { id, name });

    private string? ResolvedInput(JsonPlace place, string activityId)
    {
        var argument = Opened(place);
        var name = argument["name"]?.Text ?? argument.Text ?? "";
        if (workflowInputs.FirstOrDefault(i => i.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known)
            return known.Name;

        findings.Error("workflow-input-unknown", $"The workflow has no input '{Meant.Shortened(name)}'.{Meant.Instead(name, workflowInputs.Select(i => i.Name))}", place, activityId);
        return null;
    }

    // The designer's pickers save the whole variable or input as JSON text.
    private static JsonPlace Opened(JsonPlace place) =>
        place.Text is { } text && text.AsSpan().TrimStart() is ['{', ..] && JsonText.ParseInner(text) is { } parsed ? place.Inner(parsed) : place;
}
