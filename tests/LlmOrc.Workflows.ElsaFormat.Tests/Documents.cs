using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Tests;

/// <summary>Small documents for tests, written with single quotes, and a reader with Elsa's activities described by hand.</summary>
internal static class Documents
{
    public static readonly ActivityCatalog Catalog = new(
    [
        .. ActivityCatalog.DescribeAll(typeof(ActivityCatalog).Assembly),
        Of("Elsa.Workflow"),
        Of("Elsa.Sequence", children: "activities"),
        Of("Elsa.Flowchart", children: "activities"),
        Of("Elsa.Parallel", children: "activities"),
        Of("Elsa.If", ports: ["then", "else"], inputs: [new("condition", "Boolean")], outputs: [new("result", "Boolean")]),
        Of("Elsa.Switch", ports: ["default"], inputs: [new("mode", "SwitchMode", Options: ["MatchFirst", "MatchAny"])], hasCases: true),
        Of("Elsa.FlowSwitch", inputs: [new("mode", "SwitchMode", Options: ["MatchFirst", "MatchAny"])], hasCases: true),
        Of("Elsa.FlowDecision", inputs: [new("condition", "Boolean")], outcomes: ["True", "False"]),
        Of("Elsa.FlowFork", inputs: [new("branches", "String[]")]),
        Of("Elsa.FlowJoin", inputs: [new("mode", "FlowJoinMode", Options: ["WaitAny", "WaitAll", "WaitAllActive"])]),
        Of("Elsa.Fork", children: "branches", inputs: [new("joinMode", "ForkJoinMode", IsRaw: true, Options: ["WaitAll", "WaitAny"])]),
        Of("Elsa.For", ports: ["body"], inputs: [new("start", "Int32"), new("end", "Int32"), new("step", "Int32")], outputs: [new("currentValue", "Object")]),
        Of("Elsa.ForEach", ports: ["body"], inputs: [new("items", "Object[]")], outputs: [new("currentValue", "Object")]),
        Of("Elsa.ParallelForEach", ports: ["body"], inputs: [new("items", "Object[]")]),
        Of("Elsa.While", ports: ["body"], inputs: [new("condition", "Boolean", IsLazy: true)]),
        Of("Elsa.Start"),
        Of("Elsa.End"),
        Of("Elsa.Fault", inputs: [new("code", "String"), new("category", "String"), new("faultType", "String"), new("message", "String")]),
        Of("Test.Event", inputs: [new("eventName", "String", IsRequired: true)], outputs: [new("result", "Object")], isTrigger: true),
        Of("Test.Greet", outputs: [new("length", "Int32"), new("result", "String")]),
        Of("Test.SendHttpRequest", ports: ["timeout"], inputs: [new("url", "Uri")], outputs: [new("statusCode", "Int32")], hasCases: true),
    ]);

    public static readonly ElsaDocumentReader Reader = new(Catalog, [new BracketDialect("JavaScript"), new BracketDialect("Liquid")]);

    /// <summary>Reads a document written with single quotes.</summary>
    public static DefinitionReading Read(string document) => Reader.Read(Bytes(document));

    /// <summary>Reads a document whose root is the given activity; it must be free of errors.</summary>
    public static WorkflowGraph Graph(string root, string rest = "") => Read(Definition(root, rest)).GraphOrThrow();

    public static string Definition(string root, string rest = "") =>
        "{'id':'v1','definitionId':'d','name':'N'," + (rest.Length > 0 ? rest + "," : "") + "'root':" + root + "}";

    public static string Sequence(params string[] activities) => $"{{'id':'s','type':'Elsa.Sequence','activities':[{string.Join(",", activities)}]}}";

    public static ReadOnlyMemory<byte> Bytes(string document) => Encoding.UTF8.GetBytes(document.Replace('\'', '"'));

    private static ActivityDescriptor Of(
        string typeName, string? children = null, string[]? ports = null, InputDescriptor[]? inputs = null, OutputDescriptor[]? outputs = null,
        string[]? outcomes = null, bool hasCases = false, bool isTrigger = false) => new()
        {
            TypeName = typeName,
            Category = "Test",
            DisplayName = typeName[(typeName.IndexOf('.') + 1)..],
            ChildrenProperty = children,
            Ports = ports ?? [],
            Inputs = inputs ?? [],
            Outputs = outputs ?? [],
            Outcomes = outcomes ?? ["Done"],
            HasCases = hasCases,
            IsTrigger = isTrigger,
        };

    /// <summary>A dialect whose only rule is that round brackets are closed.</summary>
    private sealed class BracketDialect(string type) : IExpressionDialect
    {
        public string Type => type;

        public JsonElement Evaluate(Expression expression, IExpressionScope scope, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Tests of the reader evaluate nothing.");

        public IReadOnlyList<(string Message, int Line, int Column)> Check(Expression expression)
        {
            var open = expression.Source.Count(c => c == '(') - expression.Source.Count(c => c == ')');
            return open == 0 ? [] : [("brackets are not closed", 1, expression.Source.Length)];
        }
    }
}
