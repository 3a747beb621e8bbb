using System.Text.Json.Nodes;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow;

/// <summary>What each composite does, as a table: a document, the lines it writes, how it ends.</summary>
public sealed class CompositeTests
{
    private static readonly Dictionary<string, Row> Table = new()
    {
        ["An empty sequence completes"] = new(Doc.Sequence(), []),
        ["A sequence runs in order"] = new(Doc.Sequence(W("a"), W("b"), W("c")), ["a", "b", "c"]),
        ["A sequence ends after a terminal child"] = new(Doc.Sequence("s", Doc.Sequence("t", W("a"), End(), W("b")), W("c")), ["a", "c"]),
        ["An empty parallel completes"] = new(Doc.Sequence(Doc.Parallel("p"), W("a")), ["a"]),
        ["A parallel completes with its last child"] = new(Doc.Sequence(Doc.Parallel("p", Doc.Sequence("s", W("a"), W("b")), W("c")), W("z")), ["c", "a", "b", "z"]),
        ["A container runs its body"] = new(Doc.Sequence(Doc.Activity("Elsa.FlowNode", "n", ("body", W("a"))), Doc.Activity("Elsa.FlowNode", "m"), W("b")), ["a", "b"]),

        ["If takes then"] = new(If(true, W("t"), W("e")), ["t"]),
        ["If takes else"] = new(If(false, W("t"), W("e")), ["e"]),
        ["If without the branch completes"] = new(Doc.Sequence(If(false, W("t"), null), W("z")), ["z"]),
        ["If without a condition takes else"] = new(Doc.Activity("Elsa.If", "if", ("then", W("t")), ("else", W("e"))), ["e"]),
        ["A null port is no port"] = new(Doc.Sequence(Doc.Activity("Elsa.If", "if", ("condition", Doc.Literal(true)), ("then", null)), W("z")), ["z"]),
        ["If gives its condition as result"] = new(Doc.Sequence(Doc.Activity("Elsa.If", "if", ("condition", Doc.Literal(true)), ("result", Doc.To("v"))), W("w", Doc.Variable("v"))), ["true"]),

        ["Switch takes the first case that holds"] = new(Switch("MatchFirst", ("a", "false"), ("b", "true"), ("c", "true")), ["b"]),
        ["Switch takes all cases that hold"] = new(Doc.Sequence(Switch("MatchAny", ("a", "true"), ("b", "false"), ("c", "true")), W("z")), ["a", "c", "z"]),
        ["Switch without a match takes default"] = new(Switch("MatchAny", ("a", "false")), ["default"]),
        ["Switch without anything completes"] = new(Doc.Sequence(Doc.Activity("Elsa.Switch", "switch"), W("z")), ["z"]),
        ["Switch asks no case after the first that holds"] = new(Switch("MatchFirst", ("a", "true"), ("b", "nonsense.deeper")), ["a"]),
        ["A case without activity completes"] = new(Doc.Sequence(Doc.Activity("Elsa.Switch", "switch", ("cases", new JsonArray(Case("a", "true", null)))), W("z")), ["z"]),

        ["For counts up and includes its end"] = new(For(1, 3, 1), ["1", "2", "3"]),
        ["For excludes its end where told"] = new(For(1, 3, 1, inclusive: false), ["1", "2"]),
        ["For counts down"] = new(For(3, 1, -1), ["3", "2", "1"]),
        ["For steps over its end"] = new(For(0, 5, 2), ["0", "2", "4"]),
        ["For whose end is behind does not run"] = new(Doc.Sequence(For(3, 1, 1), W("z")), ["z"]),
        ["For with nothing given runs once"] = new(Doc.Activity("Elsa.For", "for", ("body", W("w", Doc.Variable("CurrentValue")))), ["0"]),
        ["For without a body completes"] = new(Doc.Sequence(Doc.Activity("Elsa.For", "for", ("end", Doc.Literal(3))), W("z")), ["z"]),
        ["For with a step of nothing faults"] = new(For(1, 3, 0), [], Faults: "LoopInvalid"),
        ["For tells its current value"] = new(Doc.Sequence(Doc.Activity("Elsa.For", "for", ("end", Doc.Literal(2)), ("currentValue", Doc.To("v")), ("body", W("b", Doc.Variable("v")))), W("w", Doc.Variable("v"))), ["0", "1", "2", "2"]),

        ["ForEach goes through its items"] = new(ForEach(Doc.Literal(new JsonArray("x", 1, true)), W("w", Doc.JavaScript("getVariable('CurrentIndex') + ':' + getVariable('CurrentValue')"))), ["0:x", "1:1", "2:true"]),
        ["ForEach reads items from text"] = new(ForEach(Doc.Literal("[1,2]"), W("w", Doc.Variable("CurrentValue"))), ["1", "2"]),
        ["ForEach over nothing completes"] = new(Doc.Sequence(ForEach(Doc.Literal(null), W("w")), Doc.Activity("Elsa.ForEach", "e2", ("body", W("w2"))), W("z")), ["z"]),
        ["ForEach without a body completes"] = new(Doc.Sequence(Doc.Activity("Elsa.ForEach", "each", ("items", Doc.Literal(new JsonArray(1, 2)))), W("z")), ["z"]),
        ["ForEach over something else faults"] = new(ForEach(Doc.Literal(5), W("w")), [], Faults: "LoopInvalid"),
        ["Inner loops hide the outer value"] = new(ForEach(Doc.Literal(new JsonArray("a", "b")), Doc.Sequence("s",
            Doc.Activity("Elsa.ForEach", "inner", ("items", Doc.Literal(new JsonArray(1))), ("body", W("w1", Doc.Variable("CurrentValue")))), W("w2", Doc.Variable("CurrentValue")))), ["1", "a", "1", "b"]),

        ["ParallelForEach runs all"] = new(Doc.Sequence(Doc.Activity("Elsa.ParallelForEach", "each", ("items", Doc.Literal(new JsonArray("x", "y"))), ("body", Doc.Sequence("s", W("w", Doc.Variable("CurrentValue")), W("w2", Doc.Variable("CurrentIndex"))))), W("z")), ["x", "y", "0", "1", "z"]),
        ["ParallelForEach over nothing completes"] = new(Doc.Sequence(Doc.Activity("Elsa.ParallelForEach", "each", ("items", Doc.Literal(new JsonArray())), ("body", W("w"))), W("z")), ["z"]),
        ["A break ends a ParallelForEach"] = new(Doc.Sequence(Doc.Activity("Elsa.ParallelForEach", "each", ("items", Doc.Literal(new JsonArray("x", "y"))), ("body", Doc.Sequence("s", W("w", Doc.Variable("CurrentValue")), Break(), W("never")))), W("z")), ["x", "y", "z"]),

        ["While runs as long as its condition holds"] = new(While("getVariable('n') < 3", W("w", Doc.Variable("n"))), ["1", "2", "3"]),
        ["While whose condition never holds completes"] = new(Doc.Sequence(While("false", W("w")), W("z")), ["z"]),
        ["While without a condition completes"] = new(Doc.Sequence(Doc.Activity("Elsa.While", "while", ("body", W("w"))), W("z")), ["z"]),

        ["A break ends the loop after the pass"] = new(Doc.Sequence(ForEach(Doc.Literal(new JsonArray(1, 2, 3)), Doc.Sequence("s", W("w", Doc.Variable("CurrentValue")), BreakAt("2"), W("after", Doc.Literal("after")))), W("z")), ["1", "after", "2", "z"]),
        ["A break ends the nearest loop only"] = new(Doc.Activity("Elsa.For", "outer", ("end", Doc.Literal(1)), ("body", Doc.Sequence("s",
            ForEach(Doc.Literal(new JsonArray(7, 8, 9)), Doc.Sequence("s2", W("w", Doc.Variable("CurrentValue")), BreakAt("8"))), W("o")))), ["7", "8", "o", "7", "8", "o"]),
        ["A break passes an if, a switch, a container and a flowchart"] = new(Doc.Sequence(While("true", Doc.Activity("Elsa.FlowNode", "n", ("body", Doc.Flowchart("x>y", W("x"),
            Doc.Activity("Elsa.Switch", "y", ("cases", new JsonArray(Case("c", "true", If(true, Break(), null))))))))), W("z")), ["x", "z"]),
        ["A break in a fork ends fork and loop"] = new(Doc.Sequence(ForEach(Doc.Literal(new JsonArray(1, 2)), Doc.Sequence("s",
            Doc.Activity("Elsa.Fork", "fork", ("branches", new JsonArray(Break(), Doc.Sequence("s3", W("b1"), W("b2"))))), W("never"))), W("z")), ["z"]),
        ["A break outside any loop ends its sequence"] = new(Doc.Sequence("o", Doc.Sequence("s", Break(), W("never")), W("never2")), []),

        ["A fork waits for all"] = new(Doc.Sequence(Fork("WaitAll"), W("z")), ["c", "a", "b", "z"]),
        ["A fork waits for the first"] = new(Doc.Sequence(Fork("WaitAny"), W("z")), ["c", "z"]),
        ["A fork without branches completes"] = new(Doc.Sequence(Doc.Activity("Elsa.Fork", "fork"), W("z")), ["z"]),

        ["An empty flowchart completes"] = new(Doc.Sequence(Doc.Flowchart(""), W("z")), ["z"]),
        ["A flowchart starts at its start"] = new(Doc.Flowchart("start>b", W("a"), Doc.Activity("Elsa.Start", "start"), W("b")), ["b"]),
        ["A flowchart without a start begins where nothing leads to"] = new(Doc.Flowchart("b>a", W("a"), W("b")), ["b", "a"]),
        ["A decision takes one way"] = new(Doc.Flowchart("d.True>a d.False>b", Doc.Activity("Elsa.FlowDecision", "d", ("condition", Doc.Literal(true))), W("a"), W("b")), ["a"]),
        ["A flow switch takes all ways that hold"] = new(Doc.Flowchart("s.x>a s.y>b s.Default>c",
            Doc.Activity("Elsa.FlowSwitch", "s", ("mode", Doc.Literal("MatchAny")), ("cases", new JsonArray(Case("x", "true"), Case("y", "true")))), W("a"), W("b"), W("c")), ["a", "b"]),
        ["A flow switch without a match takes default"] = new(Doc.Flowchart("s.x>a s.Default>c", Doc.Activity("Elsa.FlowSwitch", "s", ("cases", new JsonArray(Case("x", "false")))), W("a"), W("c")), ["c"]),
        ["A fork without ways is done"] = new(Doc.Flowchart("f>a", Doc.Activity("Elsa.FlowFork", "f"), W("a")), ["a"]),
        ["Two ways meet once"] = new(Doc.Flowchart("s>a s>b a>z b>z", W("s"), W("a"), W("b"), W("z")), ["s", "a", "b", "z"]),
        ["A way that was not taken is not waited for"] = new(Doc.Flowchart("d.True>a d.False>b a>z b>z", Doc.Activity("Elsa.FlowDecision", "d", ("condition", Doc.Literal(false))), W("a"), W("b"), W("z")), ["b", "z"]),
        ["A strict join is skipped where a way was not taken"] = new(Doc.Sequence(Doc.Flowchart("d.True>a d.False>b a>j b>j j>z", Doc.Activity("Elsa.FlowDecision", "d", ("condition", Doc.Literal(false))), W("a"), W("b"),
            Doc.Activity("Elsa.FlowJoin", "j", ("mode", Doc.Literal("WaitAll"))), W("z")), W("after")), ["b", "after"]),
        ["An end ends the flowchart"] = new(Doc.Sequence(Doc.Flowchart("s>e s>a a>b", W("s"), Doc.Activity("Elsa.End", "e"), W("a"), W("b")), W("z")), ["s", "z"]),
        ["A loop returns to where it is entered"] = new(Doc.Flowchart("i>w w>d d.True>i", Doc.Set("i", "n", Doc.JavaScript("getVariable('n') + 1")), W("w", Doc.Variable("n")),
            Doc.Activity("Elsa.FlowDecision", "d", ("condition", Doc.JavaScript("getVariable('n') < 3")))), ["1", "2", "3"]),
        ["A loop entered at its side faults"] = new(Doc.Flowchart("s>a s>b a>b b>a", W("s"), W("a"), W("b")), ["s", "a", "b"], Faults: "BackwardConnectionInvalid"),

        ["Finish ends the run at once"] = new(Doc.Parallel("p", Doc.Sequence("s", Doc.Activity("Elsa.Finish", "f"), W("never")), Doc.Sequence("t", W("never2"))), []),
        ["Complete completes the workflow"] = new(Doc.Sequence("o", Doc.Sequence("s", W("a"), Doc.Activity("Elsa.Complete", "c"), W("never")), W("never2")), ["a"]),
        ["Fault faults"] = new(Doc.Sequence(Doc.Activity("Elsa.Fault", "f", ("message", Doc.Literal("bad")), ("faultType", Doc.Literal("Business"))), W("never")), [], Faults: "Business"),
        ["A hybrid runs its ports"] = new(Doc.Sequence(Doc.Activity("Test.Branch", "b", ("body", W("x")), ("then", W("y"))), W("z")), ["x", "y", "z"]),
        ["A hybrid without children completes"] = new(Doc.Sequence(Doc.Activity("Test.Branch", "b"), W("z")), ["z"]),
        ["An unknown activity faults when it runs"] = new(Doc.Sequence(W("a"), Doc.Activity("Acme.Unknown", "u"), W("never")), ["a"], Faults: "ActivityUnknown"),
        ["An unknown activity that does not run harms nobody"] = new(Doc.Sequence(If(false, Doc.Activity("Acme.Unknown", "u"), null), W("z")), ["z"]),
        ["An input that cannot be evaluated faults"] = new(W("w", Doc.JavaScript("nonsense.deeper")), [], Faults: "InputInvalid"),
        ["A case that cannot be evaluated faults"] = new(Switch("MatchFirst", ("a", "nonsense.deeper")), [], Faults: "*"),
    };

    public static TheoryData<string> Names() => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Does(string name)
    {
        var row = Table[name];
        await using var host = new TestHost();

        var outcome = await host.RunAsync(
            Doc.Of((JsonObject)row.Root.DeepClone(), [Doc.Variable("v", "Object"), Doc.Variable("n", "Int32", 0)]).Start(), TestContext.Current.CancellationToken);

        Assert.Equal(row.Lines, host.World.Lines);
        Assert.Equal(row.Faults is null ? InstanceSubStatus.Finished : InstanceSubStatus.Faulted, outcome.Row.SubStatus);
        if (row.Faults is not null and not "*")
            Assert.Equal(row.Faults, Assert.Single(outcome.Incidents).Failure.Type);
    }

    private static JsonObject W(string id, JsonNode? text = null) => Doc.WriteLine(id, text);

    private static JsonObject End() => Doc.Activity("Elsa.End", "end");

    private static JsonObject Break() => Doc.Activity("Elsa.Break", $"break{Guid.NewGuid():n}");

    private static JsonObject BreakAt(string value) => Doc.Activity("Elsa.If", $"at{value}",
        ("condition", Doc.JavaScript($"getVariable('CurrentValue') == {value}")), ("then", Break()));

    private static JsonObject If(bool condition, JsonObject? then, JsonObject? @else)
    {
        var node = Doc.Activity("Elsa.If", $"if{Guid.NewGuid():n}", ("condition", Doc.Literal(condition)));
        if (then is not null)
            node["then"] = then;
        if (@else is not null)
            node["else"] = @else;
        return node;
    }

    private static JsonObject Switch(string mode, params (string Label, string Condition)[] cases) => Doc.Activity("Elsa.Switch", "switch",
        ("mode", Doc.Literal(mode)), ("default", W("default")), ("cases", new JsonArray([.. cases.Select(c => Case(c.Label, c.Condition, W(c.Label)))])));

    private static JsonObject Case(string label, string condition, JsonObject? activity = null) => new()
    {
        ["label"] = label,
        ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = condition },
        ["activity"] = activity,
    };

    private static JsonObject For(int start, int end, int step, bool inclusive = true) => Doc.Activity("Elsa.For", "for",
        ("start", Doc.Literal(start)), ("end", Doc.Literal(end)), ("step", Doc.Literal(step)), ("outerBoundInclusive", Doc.Literal(inclusive)), ("body", W("w", Doc.Variable("CurrentValue"))));

    private static JsonObject ForEach(JsonObject items, JsonObject body) => Doc.Activity("Elsa.ForEach", "each", ("items", items), ("body", body));

    private static JsonObject While(string condition, JsonObject body) => Doc.Activity("Elsa.While", "while",
        ("condition", Doc.JavaScript(condition)), ("body", Doc.Sequence("pass", Doc.Set("set", "n", Doc.JavaScript("getVariable('n') + 1")), body)));

    private static JsonObject Fork(string mode) => Doc.Activity("Elsa.Fork", "fork", ("joinMode", mode), ("branches", new JsonArray(Doc.Sequence("s", W("a"), W("b")), W("c"))));

    private sealed record Row(JsonObject Root, string[] Lines, string? Faults = null);
}
