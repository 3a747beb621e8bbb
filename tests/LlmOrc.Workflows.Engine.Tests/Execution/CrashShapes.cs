using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit.Workflows;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>Workflows that the crash matrix takes through every crash: each shape of control flow once, effects in it.</summary>
internal static class CrashShapes
{
    public static IReadOnlyList<CrashShape> All { get; } =
    [
        Of("sequence", Doc.Sequence(Effect("a"), Effect("b"), Doc.WriteLine("w"), Doc.SetOutput("o", "x", Doc.Literal(1)))),
        Of("parallel", Doc.Sequence(Doc.Parallel("p", Effect("a"), Effect("b"), Effect("c")), Doc.SetOutput("o", "x", Doc.Literal(1)))),
        Join("WaitAll"),
        Join("WaitAllActive"),
        Join("WaitAny") with { Prepare = world => world.On("b", Never), LeavesCalls = true },
        Of("fork-wait-any", Doc.Sequence(Doc.Activity("Elsa.Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(Effect("a"), Effect("b")))), Effect("z")))
            with { Prepare = world => world.On("b", Never), LeavesCalls = true },
        Of("if", Doc.Sequence(
            Effect("a", "v"),
            Doc.Activity("Elsa.If", "if", ("condition", Doc.JavaScript("getVariable('v') == 'a'")), ("then", Effect("b")), ("else", Effect("c"))))),
        Of("switch", Doc.Activity("Elsa.Switch", "switch", ("mode", Doc.Literal("MatchAny")), ("cases", new JsonArray(
            Case("one", "true", Effect("a")), Case("two", "false", Effect("b")), Case("three", "1 < 2", Effect("c")))))),
        Of("flow-loop", Doc.Flowchart(
            "start>count count>call call>more more.True>count more.False>end",
            Doc.Activity("Elsa.Start", "start"), Doc.Set("count", "n", Doc.JavaScript("getVariable('n') + 1")),
            Effect("call", Doc.JavaScript("'pass' + getVariable('n')")),
            Doc.Activity("Elsa.FlowDecision", "more", ("condition", Doc.JavaScript("getVariable('n') < 3"))), Doc.Activity("Elsa.End", "end"))),
        Of("for", Doc.Activity("Elsa.For", "for", ("start", Doc.Literal(3)), ("end", Doc.Literal(1)), ("step", Doc.Literal(-1)), ("body", Effect("e", Doc.Variable("CurrentValue"))))),
        Of("for-each-break", Doc.Sequence(
            Doc.Activity("Elsa.ForEach", "each", ("items", Doc.Literal(new JsonArray("a", "b", "c", "d"))), ("currentValue", Doc.To("v")), ("body", Doc.Sequence("body",
                Effect("e", Doc.Variable("CurrentValue")),
                Doc.Activity("Elsa.If", "if", ("condition", Doc.JavaScript("getVariable('CurrentValue') == 'b'")), ("then", Doc.Activity("Elsa.Break", "break")))))),
            Effect("z"), Doc.SetOutput("o", "x", Doc.Variable("v")))),
        Of("parallel-for-each", Doc.Activity("Elsa.ParallelForEach", "each", ("items", Doc.Literal(new JsonArray("a", "b", "c"))), ("body", Effect("e", Doc.Variable("CurrentValue"))))),
        Of("while", Doc.Activity("Elsa.While", "while", ("condition", Doc.JavaScript("getVariable('n') < 3")), ("body", Doc.Sequence("body",
            Doc.Set("set", "n", Doc.JavaScript("getVariable('n') + 1")), Effect("e", Doc.JavaScript("'pass' + getVariable('n')")))))),
        Of("nested", Doc.Parallel("p",
            Doc.Activity("Elsa.For", "for", ("start", Doc.Literal(1)), ("end", Doc.Literal(2)), ("body", Doc.Sequence("s1", Effect("e", Doc.JavaScript("'for' + getVariable('CurrentValue')"))))),
            Doc.Activity("Elsa.If", "if", ("condition", Doc.Literal(true)), ("then", Doc.Flowchart("x>y", Effect("x"), Effect("y")))),
            Doc.Activity("Test.Branch", "hybrid", ("body", Effect("h1")), ("then", Effect("h2"))))),
        Of("question", Doc.Sequence(Effect("a"), Ask("ask", "v"), Effect("b"), Doc.SetOutput("o", "x", Doc.Variable("v")))),
        Of("questions", Doc.Activity("Elsa.ParallelForEach", "each", ("items", Doc.Literal(new JsonArray(1, 2))), ("body", Doc.Sequence("s", Ask("ask", "v"), Effect("e", Doc.JavaScript("'after' + getVariable('CurrentValue')")))))),
        Of("retry", Doc.Sequence(Doc.Activity("Test.Retry", "retry", ("result", Doc.To("v"))), Effect("a"))),
        Of("sleep", Doc.Sequence(Effect("a"), Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(90))), Effect("b"))),
        Of("fault", Doc.Parallel("p", Effect("good"), Effect("bad"), Doc.Sequence("s", Doc.WriteLine("first"), Doc.WriteLine("second")))) with { Prepare = Breaks },
        Of("fault-retried", Doc.Sequence(Doc.Parallel("p", Effect("good"), Effect("bad")), Effect("z"))) with { Prepare = Breaks, IsRetried = true },
        Of("incident-retried", Doc.Sequence(Doc.Parallel("p", Doc.Sequence("s", Effect("good"), Effect("better")), Effect("bad")), Effect("z")), incidents: "ContinueWithIncidentsStrategy")
            with { Prepare = Breaks, IsRetried = true },
        Of("calls", Doc.Sequence(Doc.Activity("Test.Effect", "many", ("effect", Doc.Literal("m")), ("calls", Doc.Literal(3)), ("result", Doc.To("v"))), Effect("z"), Doc.SetOutput("o", "x", Doc.Variable("v")))),
        Of("values", Doc.Sequence(
            Effect("a", "v"), Doc.Set("set", "n", Doc.Literal("41")), Doc.Set("inc", "n", Doc.JavaScript("variables.n + 1")),
            Doc.Activity("Elsa.SetName", "name", ("value", Doc.JavaScript("'Run ' + getVariable('n')"))), Doc.Activity("Elsa.Correlate", "correlate", ("correlationId", Doc.Variable("v"))),
            Effect("b"), Doc.SetOutput("o1", "n", Doc.Variable("n")), Doc.SetOutput("o2", "v", Doc.JavaScript("getResultFromA() + getVariable('v')")))),
        Of("finish", Doc.Parallel("p", Doc.Sequence("s", Effect("a"), Doc.Activity("Elsa.Finish", "finish")), Effect("slow"))) with { Prepare = world => world.On("slow", Never), LeavesCalls = true },
        Of("complete", Doc.Sequence(Effect("a"), Doc.Activity("Elsa.Complete", "complete", ("outcomes", Doc.Literal("Good"))), Effect("never"))),
    ];

    private static CrashShape Of(string name, JsonObject root, string? incidents = null) =>
        new(name, Doc.Of(root, [Doc.Variable("v", "Object"), Doc.Variable("n", "Int32", 0)], incidents: incidents));

    private static CrashShape Join(string mode) => Of(mode, Doc.Flowchart(
        "fork.Left>a fork.Right>b a>join b>join join>z",
        Doc.Activity("Elsa.FlowFork", "fork", ("branches", Doc.Literal(new JsonArray("Left", "Right")))), Effect("a"), Effect("b"),
        Doc.Activity("Elsa.FlowJoin", "join", ("mode", Doc.Literal(mode))), Effect("z")));

    private static JsonObject Effect(string name, string? result = null)
    {
        var effect = Effect(name, Doc.Literal(name));
        if (result is not null)
            effect["result"] = Doc.To(result);
        return effect;
    }

    private static JsonObject Effect(string id, JsonNode name) => Doc.Activity("Test.Effect", id, ("effect", name));

    private static JsonObject Ask(string id, string result) => Doc.Activity("Test.Ask", id, ("result", Doc.To(result)));

    private static JsonObject Case(string label, string condition, JsonObject activity) => new()
    {
        ["label"] = label,
        ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = condition },
        ["activity"] = activity,
    };

    private static void Breaks(World world) => world.On("bad", (_, _) => world.IsMended
        ? Task.FromResult("bad")
        : throw new FailureException(new() { Type = "Broken", Message = "It is broken." }));

    private static async Task<string> Never(Activities.ActivityContext context, CancellationToken cancellationToken)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        return "";
    }
}
