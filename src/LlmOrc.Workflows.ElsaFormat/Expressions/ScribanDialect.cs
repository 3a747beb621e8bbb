using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>
/// Scriban, the language of our prompts, for expressions: <c>variables.x</c>, <c>input.x</c>, <c>outputs.activity.name</c>,
/// <c>last_result</c>, <c>instance_id</c>, <c>instance_name</c>, <c>correlation_id</c>, <c>definition_id</c>,
/// <c>definition_version_id</c>, <c>definition_version</c>. A source that is one <c>{{ … }}</c> gives its value, e.g. a list or a
/// number; every other one a text. What is missing is an error.
/// </summary>
public sealed class ScribanDialect(ScribanSandbox sandbox) : IExpressionDialect
{
    /// <inheritdoc/>
    public string Type => Expression.Scriban;

    /// <inheritdoc/>
    public JsonElement Evaluate(Expression expression, IExpressionScope scope, CancellationToken cancellationToken)
    {
        var source = expression.Source;
        return IsSingle(source)
            ? sandbox.Evaluate(WithoutBraces(source), globals => Install(globals, scope), cancellationToken).OrNull()
            : Values.From(sandbox.EvaluateText(source, TemplateDialect.Scriban, globals => Install(globals, scope), cancellationToken));
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Message, int Line, int Column)> Check(Expression expression) =>
        DialectChecks.Problems(() => sandbox.Check(new TemplateText("expression", expression.Source)));

    private static void Install(TemplateGlobals globals, IExpressionScope scope)
    {
        globals.SetObject("variables", new VariableProperties(scope));
        globals.SetObject("input", new InputProperties(scope));
        globals.SetObject("outputs", new OutputProperties(scope));
        globals.SetValue("last_result", () => scope.LastResult.OrNull());
        globals.SetValue("instance_id", () => Values.From(scope.InstanceId));
        globals.SetValue("instance_name", () => Values.From(scope.InstanceName));
        globals.SetValue("correlation_id", () => Values.From(scope.CorrelationId));
        globals.SetValue("definition_id", () => Values.From(scope.DefinitionId));
        globals.SetValue("definition_version_id", () => Values.From(scope.DefinitionVersionId));
        globals.SetValue("definition_version", () => Values.From(scope.DefinitionVersion));
    }

    // Braces inside (a text, an object in an object) could be a second block; then it is a text, which is never wrong, only not typed.
    private static bool IsSingle(string source)
    {
        var text = source.AsSpan().Trim();
        return text.StartsWith("{{") && text.EndsWith("}}") && text.Length > 4
            && text[2] is not ('-' or '~' or '{' or '#')
            && text[2..^2] is var inner && !inner.Contains("{{", StringComparison.Ordinal) && !inner.Contains("}}", StringComparison.Ordinal)
            && inner[^1] is not ('-' or '~' or '}');
    }

    // Spaces in their place keep the columns of errors.
    private static string WithoutBraces(string source)
    {
        var open = source.IndexOf("{{", StringComparison.Ordinal);
        var close = source.LastIndexOf("}}", StringComparison.Ordinal);
        return string.Concat(source.AsSpan(0, open), "  ", source.AsSpan(open + 2, close - open - 2));
    }
}
