using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>
/// JavaScript with the globals of Elsa's documents: <c>variables.X</c> (read and written), <c>getX()</c> and <c>setX(v)</c> per
/// variable, <c>getInput</c> and <c>getX()</c> per input, <c>getOutputFrom</c>, <c>get{Output}From{Activity}()</c>,
/// <c>getLastResult</c>, ids and names of the run, helpers for text, JSON, GUIDs and bytes, and in plain JavaScript what scripts
/// use of .NET's <c>DateTime</c>, <c>TimeSpan</c>, <c>Guid</c> and <c>Random</c>. Configuration and secrets are not to be had.
/// </summary>
public sealed class JavaScriptDialect(JavaScriptSandbox sandbox) : IExpressionDialect
{
    /// <inheritdoc/>
    public string Type => Expression.JavaScript;

    /// <inheritdoc/>
    public JsonElement Evaluate(Expression expression, IExpressionScope scope, CancellationToken cancellationToken)
    {
        var value = sandbox.Evaluate(expression.Source, globals => Install(globals, scope), cancellationToken);
        return value.ValueKind == JsonValueKind.Undefined ? Values.Null : value;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Message, int Line, int Column)> Check(Expression expression) => DialectChecks.Problems(() => sandbox.Check(expression.Source));

    /// <summary>Installs the globals of expressions; whoever offers more to a script adds his own afterwards.</summary>
    internal static void Install(JavaScriptGlobals globals, IExpressionScope scope)
    {
        // Later ones replace earlier ones: a variable called "Config" is more than our refusal, but none takes the place of getInput.
        JavaScriptFunctions.Install(globals);
        JavaScriptTypes.Install(globals);
        InstallNamed(globals, scope);
        InstallState(globals, scope);
    }

    private static void InstallNamed(JavaScriptGlobals globals, IExpressionScope scope)
    {
        var variables = new VariableProperties(scope);
        var inputs = new InputProperties(scope);
        foreach (var name in globals.Names.Where(n => n.Length > 3))
        {
            var rest = name[3..];
            if (name.StartsWith("set", StringComparison.Ordinal) && ScopeNames.FindVariable(scope, rest) is { } assigned)
                globals.SetFunction(name, arguments => Assign(variables, assigned, arguments.At(0)));
            if (!name.StartsWith("get", StringComparison.Ordinal))
                continue;

            if (ScopeNames.FindVariable(scope, rest) is { } variable)
                globals.SetFunction(name, _ => Read(variables, variable));
            else if (ScopeNames.FindInput(scope, rest) is { } input)
                globals.SetFunction(name, _ => Read(inputs, input));
            else if (ScopeNames.FindOutput(scope, rest) is var (activityId, output))
                globals.SetFunction(name, _ => scope.GetOutput(activityId, output).OrNull());
        }
    }

    private static void InstallState(JavaScriptGlobals globals, IExpressionScope scope)
    {
        var variables = new VariableProperties(scope);
        var inputs = new InputProperties(scope);
        globals.SetObject("variables", variables);
        globals.SetFunction("getVariable", arguments => Read(variables, arguments.Text(0)));
        globals.SetFunction("setVariable", arguments => Assign(variables, arguments.Text(0), arguments.At(1)));
        globals.SetFunction("getInput", arguments => Read(inputs, arguments.Text(0)));
        globals.SetFunction("getOutputFrom", arguments => OutputFrom(scope, arguments));
        globals.SetFunction("getLastResult", _ => scope.LastResult.OrNull());
        globals.SetFunction("getWorkflowDefinitionId", _ => Values.From(scope.DefinitionId));
        globals.SetFunction("getWorkflowDefinitionVersionId", _ => Values.From(scope.DefinitionVersionId));
        globals.SetFunction("getWorkflowDefinitionVersion", _ => Values.From(scope.DefinitionVersion));
        globals.SetFunction("getWorkflowInstanceId", _ => Values.From(scope.InstanceId));
        globals.SetFunction("getCorrelationId", _ => Values.From(scope.CorrelationId));
        globals.SetFunction("setCorrelationId", arguments => Nothing(scope.CorrelationId = arguments.TextOrNull(0)));
        globals.SetFunction("getWorkflowInstanceName", _ => Values.From(scope.InstanceName));
        globals.SetFunction("setWorkflowInstanceName", arguments => Nothing(scope.InstanceName = arguments.TextOrNull(0)));
    }

    private static JsonElement Read(IHostProperties properties, string name) => properties.TryGet(name, out var value) ? value.OrNull() : Values.Null;

    private static JsonElement Assign(VariableProperties variables, string name, JsonElement value)
    {
        variables.Set(name, value);
        return default;
    }

    private static JsonElement OutputFrom(IExpressionScope scope, IReadOnlyList<JsonElement> arguments)
    {
        var name = arguments.Text(0);
        return ScopeNames.FindNode(scope.Graph, name) is { } node
            ? scope.GetOutput(node.Id, arguments.TextOrNull(1)).OrNull()
            : throw new ScriptArgumentException($"There is no activity '{name}'.{Meant.Instead(name, scope.Graph.Nodes.Select(n => n.Name ?? n.Id))}");
    }

    private static JsonElement Nothing(string? assigned)
    {
        _ = assigned;
        return default;
    }
}
