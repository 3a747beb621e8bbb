using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>
/// Elsa's RunJavaScript: a script with all globals of expressions that may choose the outcomes by <c>setOutcome(name)</c> or
/// <c>setOutcomes(list)</c>. Control flow and not a leaf, because only expressions see and change variables; its script is one.
/// </summary>
internal sealed class RunJavaScriptActivity : IControlFlow
{
    public static ActivityDescriptor Descriptor { get; } = new()
    {
        TypeName = "Elsa.RunJavaScript",
        Category = "Scripting",
        DisplayName = "Run JavaScript",
        Description = "Runs a script that reads and sets variables and chooses where to go on.",
        Inputs =
        [
            new("script", "String", "Script", "The script; its last value, or what it returns, is the result.", IsLazy: true, UIHint: "code-editor"),
            new("possibleOutcomes", "String[]", "Possible outcomes", "What setOutcome may name; ways to connect.", IsLazy: true, UIHint: "dynamic-outcomes"),
        ],
        Outputs = [new("result", "Object", "Result", "What the script gave.")],
        ControlFlow = new RunJavaScriptActivity(),
    };

    public FlowStep Step(ActivityNode node, FlowState? state, FlowEvent @event) => @event switch
    {
        FlowEvent.Entered or FlowEvent.Retried => Run(node),
        FlowEvent.Evaluated evaluated => Complete(evaluated.Value),
        _ => FlowStep.Stay(state),
    };

    // The source as it stands: the designer's code editor saves it as a literal.
    private static FlowStep Run(ActivityNode node) => node.Inputs.TryGetValue("script", out var script)
        ? new(null, new FlowCommand.Evaluate(0, Expression.Script(RunJavaScriptDialect.TypeName, script.Expression.Source), "Object"))
        : new(null, FlowCommand.Complete.Done);

    private static FlowStep Complete(JsonElement run) => new(null, new FlowCommand.Complete(
        [.. run.GetProperty(RunJavaScriptDialect.Outcomes).EnumerateArray().Select(o => o.GetString()!)],
        new Dictionary<string, JsonElement> { ["result"] = run.GetProperty(RunJavaScriptDialect.Result) }));
}

/// <summary>The script of <see cref="RunJavaScriptActivity"/>: its value is the result and the outcomes that the script chose.</summary>
internal sealed class RunJavaScriptDialect(JavaScriptSandbox sandbox) : IExpressionDialect
{
    public const string TypeName = "RunJavaScript";
    public const string Result = "result";
    public const string Outcomes = "outcomes";

    public string Type => TypeName;

    public JsonElement Evaluate(Expression expression, IExpressionScope scope, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> outcomes = ["Done"];
        var result = sandbox.Evaluate(
            expression.Source,
            globals =>
            {
                JavaScriptDialect.Install(globals, scope);
                globals.SetFunction("setOutcome", arguments => Choose([arguments.Text(0)]));
                globals.SetFunction("setOutcomes", arguments => Choose(Listed(arguments)));
            },
            cancellationToken);
        return JsonSerializer.SerializeToElement(new Dictionary<string, object> { [Result] = result.OrNull(), [Outcomes] = outcomes });

        JsonElement Choose(IReadOnlyList<string> chosen)
        {
            outcomes = chosen;
            return default;
        }
    }

    public IReadOnlyList<(string Message, int Line, int Column)> Check(Expression expression) => DialectChecks.Problems(() => sandbox.Check(expression.Source));

    // A list, or the names one by one.
    private static string[] Listed(IReadOnlyList<JsonElement> arguments) =>
        [.. (arguments.At(0) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : arguments.AsEnumerable()).Select(o => o.ToText())];
}
