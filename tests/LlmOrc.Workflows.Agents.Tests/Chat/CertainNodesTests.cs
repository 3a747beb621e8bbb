using System.Text.Json.Nodes;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

/// <summary>What every run of a definition runs, whichever way it takes.</summary>
public sealed class CertainNodesTests
{
    public static TheoryData<string, string, string> Flowcharts => new()
    {
        { "all in a row", "a>b b>c", "a b c" },
        { "a choice, and where its ways meet", "a>if if.True>b if.False>c b>d c>d", "a if d" },
        { "a choice of which one way ends", "a>if if.True>b b>d", "a if" },
        { "a way back", "a>if if.True>a if.False>b", "a if b" },
        { "both at once, told apart by nobody", "a>b a>c b>d c>d", "a d" },
        { "a fork and its join", "a>fork fork.x>b fork.y>c b>join c>join join>d", "a fork join d" },
        { "what nothing leads to", "a>b c>d", "a b" },
        { "a turn that cannot fail", "a>turn turn>b", "a turn b" },
        { "a turn that may", "a>careful careful>b", "a careful" },
        { "a turn whose failure leads on", "a>careful careful>b careful.Failed>b", "a careful b" },
        { "a switch with a way for each case", "a>switch switch.One>b switch.Default>b", "a switch b" },
        { "a switch without one for the rest", "a>switch switch.One>b", "a switch" },
        { "an end before", "a>if if.True>end if.False>b", "a if" },
        { "what nobody knows", "a>unknown unknown>b", "a unknown" },
        { "what may end it from within", "a>maybe maybe>b", "a maybe" },
    };

    [Theory]
    [MemberData(nameof(Flowcharts))]
    public void In_a_flowchart_it_is_what_no_way_leads_past(string what, string connections, string expected)
    {
        var used = connections.Split(' ', '>', '.').ToHashSet();
        var nodes = All().Where(n => used.Contains((string)n["id"]!)).ToArray();

        Assert.Equal((what, Sorted(expected)), (what, Sorted(Certain(Doc.Flowchart(connections, nodes)))));
    }

    [Fact]
    public void In_a_sequence_it_is_all_up_to_what_may_end_it() => Assert.Equal("a maybe", Certain(Doc.Sequence(Node("a"), Node("maybe"), Node("b"))));

    [Fact]
    public void Branches_side_by_side_are_certain_and_those_of_conditions_and_loops_are_not() => Assert.Equal("both a b", Certain(Doc.Sequence(
        Doc.Parallel("both", Node("a"), Node("b")),
        Doc.Activity("Elsa.If", "if2", ("condition", Doc.Literal(true)), ("then", Node("c"))),
        Doc.Activity("Elsa.While", "while", ("condition", Doc.Literal(true)), ("body", Node("d"))))).Replace(" if2 while", "", StringComparison.Ordinal));

    [Fact]
    public void A_trigger_is_the_start_of_the_run_it_starts()
    {
        var graph = Read(Doc.Flowchart("a>b c>b b>d", Node("a"), Node("b"), Node("c"), Node("d")));

        Assert.Equal(["c", "b", "d"], CertainNodes.Of(graph, "c").Select(n => n.Id).Where(id => id.Length == 1).OrderBy(id => "cbd".IndexOf(id, StringComparison.Ordinal)));
        Assert.DoesNotContain(CertainNodes.Of(graph, "c"), n => n.Id == "a");
    }

    [Fact]
    public void Every_way_through_a_review_leads_to_its_summary()
    {
        var graph = Read(File.ReadAllBytes(RepositoryRoot.Combine("workflows", "pr-review.json")));

        var ids = CertainNodes.Of(graph, null).Select(n => n.Id).ToList();

        Assert.Contains("summarize", ids);
        Assert.DoesNotContain("security_expert", ids);
    }

    private static string Sorted(string names) => string.Join(' ', names.Split(' ').Order(StringComparer.Ordinal));

    private static string Certain(JsonObject root) =>
        string.Join(' ', CertainNodes.Of(Read(root), null).Select(n => n.Id).Where(id => id is not "flow" and not "seq" && !id.StartsWith("Workflow", StringComparison.Ordinal)));

    private static WorkflowGraph Read(JsonObject root) => Read(Doc.Of((JsonObject)root.DeepClone()));

    private static WorkflowGraph Read(ReadOnlyMemory<byte> document)
    {
        using var services = new ServiceCollection().AddLogging().AddWorkflowEngine().AddElsaFormat()
            .AddAgents(new() { ConfigurationPath = null, TemplatesPath = null }).BuildServiceProvider();
        return services.GetRequiredService<IDefinitionReader>().Read(document).Graph!;
    }

    private static JsonObject[] All() =>
    [
        Node("a"), Node("b"), Node("c"), Node("d"), Node("maybe"),
        Doc.Activity("Elsa.FlowDecision", "if", ("condition", Doc.Literal(true))),
        Doc.Activity("Elsa.FlowFork", "fork", ("branches", Doc.Literal(new JsonArray("x", "y")))),
        Doc.Activity("Elsa.FlowJoin", "join"),
        Doc.Activity("Elsa.End", "end"),
        Doc.Activity("Acme.Unknown", "unknown"),
        Doc.Activity("Elsa.FlowSwitch", "switch", ("cases", new JsonArray(new JsonObject { ["label"] = "One", ["condition"] = new JsonObject { ["type"] = "Literal", ["value"] = true } }))),
        Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Why?"))),
        Doc.Activity("LlmOrc.AgentTurn", "careful", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Why?")), ("onFailure", Doc.Literal("continue"))),
    ];

    private static JsonObject Node(string id) => id == "maybe"
        ? Doc.Activity("Elsa.If", "maybe", ("condition", Doc.Literal(true)), ("then", Doc.Activity("Elsa.Finish", "finish")))
        : Doc.WriteLine(id);
}
