using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>The reference model against what a real Elsa server recorded.</summary>
public sealed class RecordedFlowchartTests
{
    private const string Decision = "b-flowchart-decision";
    private const string ForkJoin = "f-flow-fork-join";

    private static readonly string[] Replayed =
        [Decision, "d-http-endpoint", "d-http-fault", "d-http-no-response", ForkJoin, "f-flow-implicit-join"];

    public static TheoryData<string> Recordings() => [.. Replayed];

    [Fact]
    public void Every_recording_with_a_flowchart_is_replayed() => Assert.Equal(Replayed, RecordedFlowchart.Names());

    [Theory]
    [MemberData(nameof(Recordings))]
    public void The_model_repeats_the_recorded_run(string name)
    {
        var recording = RecordedFlowchart.Read(name);
        var model = new ReferenceFlowchart(ScriptedAsRecorded(name, recording), chooser: null);

        var run = model.Run();

        Assert.Equal(recording.Events, run.Events);
        Assert.Equal(recording.SubStatus, run.End == FlowEnd.Completed ? "Finished" : run.End.ToString());
        if (recording.FlowScope is { } scope)
        {
            Assert.Equal(scope.ActivityVisits, model.ActivityVisits);
            Assert.Equal(scope.ConnectionVisits, model.ConnectionVisits);
            Assert.Equal(scope.LastVisitFollowed, model.LastVisitFollowed);
        }
    }

    [Theory]
    [InlineData(Decision)]
    [InlineData("d-http-fault")]
    public void The_recording_kept_its_counters(string name) => Assert.NotNull(RecordedFlowchart.Read(name).FlowScope);

    [Fact]
    public void The_other_side_of_the_recorded_decision_is_the_mirror_image()
    {
        var graph = RecordedFlowchart.Read(Decision).WithOutcomes("FlowDecision1", "False");

        var run = new ReferenceFlowchart(graph, chooser: null).Run();

        Assert.Contains(new FlowEvent(FlowEventKind.Completed, "Small"), run.Events);
        Assert.DoesNotContain(new FlowEvent(FlowEventKind.Started, "Big"), run.Events);
        Assert.Equal(new FlowEvent(FlowEventKind.Completed, "Finish1"), run.Events[^1]);
    }

    // Journals do not name outcomes: n is 9 in the request, so "n > 3" is true; a fork gives all its branches.
    private static ReferenceGraph ScriptedAsRecorded(string name, RecordedFlowchart recording) => name switch
    {
        Decision => recording.WithOutcomes("FlowDecision1", "True"),
        ForkJoin => recording.WithOutcomes("Fork1", "Left", "Right"),
        _ => recording.Graph,
    };
}
