using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Tests.Expressions;

/// <summary>A scope in memory, with a graph of two activities that have outputs.</summary>
internal sealed class PlainScope : IExpressionScope
{
    private readonly Dictionary<string, JsonElement> _outputs = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Greet1.length"] = Values.From(19),
        ["Greet1.result"] = Values.From("Hello Bob"),
    };

    public Dictionary<string, JsonElement> Variables { get; } = new(StringComparer.Ordinal)
    {
        ["X"] = Values.From(7),
        ["Greeting"] = Values.From("hi"),
        ["List"] = Values.From(new[] { 1, 2 }),
        ["my notes"] = Values.From("n"),
        ["Obj"] = JsonElement.Parse("""{"a":1}"""),
        ["None"] = Values.Null,
    };

    public string InstanceId => "instance-1";

    public string DefinitionId => "definition-1";

    public string DefinitionVersionId => "version-1";

    public int DefinitionVersion => 3;

    public string? CorrelationId { get; set; } = "c-1";

    public string? InstanceName { get; set; }

    public JsonElement Input { get; set; } = JsonElement.Parse("""{"n":2,"Message":"ping"}""");

    public IEnumerable<string> VariableNames => Variables.Keys;

    public JsonElement LastResult { get; set; }

    public WorkflowGraph Graph { get; } = Documents.Graph("""
        {'id':'s','type':'Elsa.Sequence','activities':[
          {'id':'Greet1','name':'greeter','type':'Test.Greet'},
          {'id':'w','type':'Elsa.WriteLine','text':'getOutputFrom(x)'}]}
        """, "'inputs':[{'name':'n','type':'Int32'},{'name':'Message','type':'String'},{'name':'absent','type':'String'}]");

    public bool TryGetVariable(string name, out JsonElement value) => Variables.TryGetValue(name, out value);

    public bool TrySetVariable(string name, JsonElement value)
    {
        if (!Variables.ContainsKey(name))
            return false;
        Variables[name] = name == "X" ? ValueConversion.ToNamedType(value, "Int32") : value;
        return true;
    }

    public JsonElement GetOutput(string activityIdOrName, string? outputName) => _outputs.GetValueOrDefault($"{activityIdOrName}.{outputName ?? "result"}");
}
