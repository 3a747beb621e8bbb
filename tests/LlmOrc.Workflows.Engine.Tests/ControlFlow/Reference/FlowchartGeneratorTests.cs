using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

public sealed class FlowchartGeneratorTests
{
    private const int Seed = 1;
    private const int Count = 5_000;

    [Fact]
    public void The_same_seed_and_index_give_the_same_flowchart() =>
        Assert.All(Enumerable.Range(0, 200), index =>
            Assert.Equal(FlowchartGenerator.Generate(Seed, index).ToString(), FlowchartGenerator.Generate(Seed, index).ToString()));

    [Fact]
    public void The_compact_text_of_every_flowchart_reads_back_as_the_same_flowchart() =>
        Assert.All(Enumerable.Range(0, 1_000), index =>
        {
            var graph = FlowchartGenerator.Generate(Seed, index, withFaults: true);
            var again = ReferenceGraphText.Parse(graph.ToString());
            Assert.Equal(graph.ToString(), again.ToString());
            Assert.Equal(graph.Connections, again.Connections);
            Assert.True(new ReferenceFlowchart(graph, CompletionOrder.Seeded(index)).Run()
                .IsSameAs(new ReferenceFlowchart(again, CompletionOrder.Seeded(index)).Run()));
        });

    [Fact]
    public void Flowcharts_have_at_most_twelve_nodes_and_never_run_into_the_step_limit() =>
        Assert.All(Enumerable.Range(0, Count), index =>
        {
            var graph = FlowchartGenerator.Generate(Seed, index);
            Assert.InRange(graph.Nodes.Count, 1, FlowchartGenerator.MaxNodes);
            Assert.NotEqual(FlowEnd.StepLimit, new ReferenceFlowchart(graph, chooser: null).Run().End);
            Assert.NotEqual(FlowEnd.StepLimit, new ReferenceFlowchart(graph, CompletionOrder.Seeded(index)).Run().End);
        });

    /// <summary>What the series must hold, each with the least number of times out of 5,000.</summary>
    public static TheoryData<string, int> Situations() => new()
    {
        { "diamond", 500 },
        { "join waits for any", 500 },
        { "join waits for all", 500 },
        { "join waits for all active", 500 },
        { "several connections into one node", 1_000 },
        { "parallel connections", 200 },
        { "the same connection twice", 50 },
        { "self loop", 100 },
        { "unreachable node", 200 },
        { "backward connection, legal", 500 },
        { "backward connection, illegal", 200 },
        { "several outcomes at once", 500 },
        { "no outcome", 100 },
        { "started by a trigger", 100 },
        { "a node ran more than once", 500 },
        { "a node was canceled", 200 },
        { "ended: illegal backward connection", 100 },
        { "ended: completed", 1_000 },
    };

    [Theory]
    [MemberData(nameof(Situations))]
    public void The_series_holds_enough_of_every_situation(string situation, int atLeast)
    {
        var count = Counted.Value.GetValueOrDefault(situation);

        TestContext.Current.TestOutputHelper?.WriteLine($"{situation}: {count} of {Count}");
        Assert.True(count >= atLeast, $"{situation}: {count} of {Count}");
    }

    [Fact]
    public void With_faults_the_series_also_gets_stuck_and_completes_unreachable_activities()
    {
        var runs = Enumerable.Range(0, Count)
            .Select(index => new ReferenceFlowchart(FlowchartGenerator.Generate(Seed, index, withFaults: true), CompletionOrder.Seeded(index)).Run())
            .ToList();

        Assert.True(runs.Count(run => run.End == FlowEnd.Stuck) >= 100);
        Assert.True(runs.Count(run => run.Fault == FlowFault.UnreachableActivityCompleted) >= 50);
        Assert.True(runs.Count(run => run.Fault == FlowFault.ActivityFaulted) >= 100);
    }

    private static readonly Lazy<Dictionary<string, int>> Counted = new(() =>
        Enumerable.Range(0, Count)
            .SelectMany(index => SituationsOf(FlowchartGenerator.Generate(Seed, index), index).Distinct())
            .GroupBy(situation => situation)
            .ToDictionary(group => group.Key, group => group.Count()));

    private static IEnumerable<string> SituationsOf(ReferenceGraph graph, int index)
    {
        var run = new ReferenceFlowchart(graph, CompletionOrder.Seeded(index)).Run();
        return [.. SituationsOfShape(graph), .. SituationsOfScripts(graph), .. SituationsOfRun(run)];
    }

    private static IEnumerable<string> SituationsOfShape(ReferenceGraph graph)
    {
        var paths = new ReferencePaths(graph);
        foreach (var node in graph.Nodes)
        {
            var inbound = paths.ForwardInbound(node.Id).ToList();
            if (inbound.Count > 1)
            {
                yield return "several connections into one node";
            }

            if (inbound.SelectMany(c => paths.ForwardAncestors(c.Source).Append(c.Source)).GroupBy(id => id).Any(group => group.Count() > 1))
            {
                yield return "diamond";
            }

            if (!paths.IsReachable(node.Id))
            {
                yield return "unreachable node";
            }

            if (node.Kind == ReferenceNodeKind.FlowJoin)
            {
                yield return node.JoinMode switch
                {
                    ReferenceJoinMode.WaitAny => "join waits for any",
                    ReferenceJoinMode.WaitAll => "join waits for all",
                    _ => "join waits for all active",
                };
            }

            foreach (var connection in paths.Outbound(node.Id).Where(c => paths.IsReachable(c.Source) && !paths.IsForward(c)))
            {
                yield return paths.IsLegalBackward(connection) ? "backward connection, legal" : "backward connection, illegal";
            }
        }

        if (graph.Connections.GroupBy(c => c.Key).Any(group => group.Count() > 1))
        {
            yield return "the same connection twice";
        }

        if (graph.Connections.GroupBy(c => (c.Source, c.Target)).Any(group => group.Count() > 1))
        {
            yield return "parallel connections";
        }

        if (graph.Connections.Any(c => c.Source == c.Target))
        {
            yield return "self loop";
        }
    }

    private static IEnumerable<string> SituationsOfScripts(ReferenceGraph graph)
    {
        if (graph.Nodes.Any(node => node.Visits.Any(set => set.Count > 1)))
        {
            yield return "several outcomes at once";
        }

        if (graph.Nodes.Any(node => node.Visits.Any(set => set.Count == 0)))
        {
            yield return "no outcome";
        }

        if (graph.TriggeredBy is not null)
        {
            yield return "started by a trigger";
        }
    }

    private static IEnumerable<string> SituationsOfRun(FlowRun run)
    {
        if (run.Events.Where(e => e.Kind == FlowEventKind.Started).GroupBy(e => e.NodeId).Any(group => group.Count() > 1))
        {
            yield return "a node ran more than once";
        }

        if (run.Events.Any(e => e.Kind == FlowEventKind.Canceled))
        {
            yield return "a node was canceled";
        }

        if (run.Fault == FlowFault.IllegalBackwardConnection)
        {
            yield return "ended: illegal backward connection";
        }

        if (run.End == FlowEnd.Completed)
        {
            yield return "ended: completed";
        }
    }
}
