using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>Tests the comparison itself: it must be silent about the reference model and find every bug planted in it.</summary>
public sealed class FlowchartComparisonTests
{
    private const int FixedSeed = 1;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_reference_model_does_not_differ_from_itself(bool withFaults) =>
        FlowchartComparison.AssertSame(new Planted((graph, chooser) => new ReferenceFlowchart(graph, chooser)), withFaults);

    [Fact]
    public void A_last_in_first_out_queue_is_found() =>
        AssertFound((graph, chooser) => new LastInFirstOut(graph, chooser));

    [Fact]
    public void Dead_paths_that_are_not_propagated_are_found() =>
        AssertFound((graph, chooser) => new ForgetsDeadPaths(graph, chooser));

    [Fact]
    public void A_WaitAny_join_that_cancels_nothing_is_found() =>
        AssertFound((graph, chooser) => new CancelsNothing(graph, chooser));

    [Fact]
    public void A_WaitAny_join_that_heeds_late_arrivals_is_found() =>
        AssertFound((graph, chooser) => new HeedsLateArrivals(graph, chooser));

    [Fact]
    public void Counting_an_entry_by_a_backward_connection_as_a_visit_is_found() =>
        AssertFound((graph, chooser) => new CountsBackwardEntries(graph, chooser));

    [Fact]
    public void Taking_every_backward_connection_for_legal_is_found() =>
        AssertFound((graph, chooser) => new TakesEveryBackwardConnection(graph, chooser));

    [Fact]
    public void Mistaking_WaitAllActive_for_WaitAll_is_found() =>
        AssertFound((graph, chooser) => new MistakesActiveForAll(graph, chooser));

    [Fact]
    public void A_difference_is_reported_small_and_can_be_run_again()
    {
        var candidate = new Planted((graph, chooser) => new CancelsNothing(graph, chooser));

        var difference = FlowchartComparison.FirstDifference(candidate, FixedSeed, FlowchartComparison.FlowchartCount);

        Assert.NotNull(difference);
        Assert.True(difference.Graph.Nodes.Count <= 5, difference.ToString());
        var again = ReferenceGraphText.Parse(difference.Graph.ToString());
        var chooser = difference.ChooserSeed is { } seed ? CompletionOrder.Seeded(seed) : null;
        Assert.True(difference.Expected.IsSameAs(new ReferenceFlowchart(again, chooser).Run()));
        Assert.True(difference.Actual.IsSameAs(candidate.Run(again, chooser)));
    }

    private static void AssertFound(Func<ReferenceGraph, CompletionChooser?, ReferenceFlowchart> buggy)
    {
        var difference = FlowchartComparison.FirstDifference(new Planted(buggy), FixedSeed, FlowchartComparison.FlowchartCount);

        Assert.NotNull(difference);
        TestContext.Current.TestOutputHelper?.WriteLine(difference.ToString());
    }

    private sealed class Planted(Func<ReferenceGraph, CompletionChooser?, ReferenceFlowchart> model) : IFlowchartUnderTest
    {
        public FlowRun Run(ReferenceGraph graph, CompletionChooser? chooser) => model(graph, chooser).Run();
    }

    private sealed class LastInFirstOut(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override ScheduledActivity TakeNext(List<ScheduledActivity> queue)
        {
            var last = queue[^1];
            queue.RemoveAt(queue.Count - 1);
            return last;
        }
    }

    private sealed class ForgetsDeadPaths(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override void Skip(string nodeId)
        {
        }
    }

    private sealed class CancelsNothing(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override void CancelTheOthers(string joinId)
        {
        }
    }

    private sealed class HeedsLateArrivals(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override bool IsLateArrival(string joinId, ReferenceConnection connection) => false;
    }

    private sealed class CountsBackwardEntries(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override bool CountsAsVisit(Execution execution) => true;
    }

    private sealed class TakesEveryBackwardConnection(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override bool IsLegalBackward(ReferenceConnection connection) => true;
    }

    private sealed class MistakesActiveForAll(ReferenceGraph graph, CompletionChooser? chooser) : ReferenceFlowchart(graph, chooser)
    {
        protected override ReferenceJoinMode ModeOf(ReferenceNode node) =>
            base.ModeOf(node) == ReferenceJoinMode.WaitAllActive ? ReferenceJoinMode.WaitAll : base.ModeOf(node);
    }
}
