using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>
/// Liquid with the names of Elsa's documents: <c>Variables.X</c>, <c>Input.X</c>, <c>CorrelationId</c>, <c>WorkflowDefinitionId</c>,
/// <c>WorkflowDefinitionVersionId</c>, <c>WorkflowDefinitionVersion</c>, <c>WorkflowInstanceId</c>, <c>LastResult</c>. The value is
/// always a text. What is missing gives nothing, as Liquid has it; a template that does not parse is an error, unlike in Elsa.
/// </summary>
public sealed class LiquidDialect(ScribanSandbox sandbox) : IExpressionDialect
{
    /// <inheritdoc/>
    public string Type => Expression.Liquid;

    /// <inheritdoc/>
    public JsonElement Evaluate(Expression expression, IExpressionScope scope, CancellationToken cancellationToken) =>
        Values.From(sandbox.EvaluateText(expression.Source, TemplateDialect.Liquid, globals => Install(globals, scope), cancellationToken));

    /// <inheritdoc/>
    public IReadOnlyList<(string Message, int Line, int Column)> Check(Expression expression) =>
        DialectChecks.Problems(() => sandbox.Check(new TemplateText("expression", expression.Source, TemplateDialect.Liquid)));

    private static void Install(TemplateGlobals globals, IExpressionScope scope)
    {
        globals.AllowMissing = true;
        globals.SetObject("Variables", new VariableProperties(scope));
        globals.SetObject("Input", new InputProperties(scope));
        globals.SetObject("Configuration", new RefusedProperties("Configuration is not available, because it holds secrets: pass what the workflow needs as an input."));
        globals.SetValue("CorrelationId", () => Values.From(scope.CorrelationId));
        globals.SetValue("WorkflowDefinitionId", () => Values.From(scope.DefinitionId));
        globals.SetValue("WorkflowDefinitionVersionId", () => Values.From(scope.DefinitionVersionId));
        globals.SetValue("WorkflowDefinitionVersion", () => Values.From(scope.DefinitionVersion));
        globals.SetValue("WorkflowInstanceId", () => Values.From(scope.InstanceId));
        globals.SetValue("LastResult", () => scope.LastResult.OrNull());
    }
}
