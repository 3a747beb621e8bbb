using System.Diagnostics;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Tests.ControlFlow.Reference;
using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow;

public sealed class FlowchartTests
{
    [Fact]
    public void Twenty_thousand_generated_flowcharts_run_as_the_reference_model_runs_them() =>
        FlowchartComparison.AssertSame(new FlowchartReducer());

    [Fact]
    public void Thirty_diamonds_in_a_loop_are_analysed_without_trying_every_path()
    {
        // 2^30 simple paths lead back to the start: whoever enumerates them does not come back.
        var nodes = new List<ReferenceNode> { new("start", ReferenceNodeKind.Start) };
        var connections = new List<ReferenceConnection>();
        var last = "start";
        for (var i = 0; i < 30; i++)
        {
            nodes.AddRange([new($"a{i}"), new($"b{i}"), new($"c{i}"), new($"d{i}")]);
            connections.AddRange(
            [
                new(last, null, $"a{i}", null), new($"a{i}", null, $"b{i}", null), new($"a{i}", null, $"c{i}", null),
                new($"b{i}", null, $"d{i}", null), new($"c{i}", null, $"d{i}", null),
            ]);
            last = $"d{i}";
        }

        connections.Add(new(last, "Again", "a0", null));
        var flowchart = FlowchartReducer.Flowchart(new(nodes, connections));
        var clock = Stopwatch.StartNew();

        var analysis = FlowchartAnalysis.Of(flowchart);

        TestContext.Current.TestOutputHelper?.WriteLine($"analysed in {clock.Elapsed.TotalMilliseconds:0.0} ms");
        Assert.Equal([connections.Count - 1], Enumerable.Range(0, connections.Count).Where(i => analysis.IsBackward[i]));
        Assert.True(analysis.Dominates(flowchart.Children.Single(n => n.Id == "a0").ChildIndex, flowchart.Children.Single(n => n.Id == last).ChildIndex));
    }
}
