using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>
/// The reference model rule by rule, on flowcharts small enough to check by hand. Events are written "+a" started, "a" completed,
/// "-a" canceled, "!a" faulted; in a synchronous run, where each start is followed by its end at once, the starts are left out.
/// </summary>
public sealed class ReferenceFlowchartTests
{
    [Theory]
    // Start
    [InlineData("", "", "Completed")]
    [InlineData("a s:start b! | a>s", "s", "Completed")]
    [InlineData("a b! | a>b", "b", "Completed")]
    [InlineData("a b | b>a", "b a", "Completed")]
    [InlineData("a b | b>a a>b", "a b a", "Completed")]
    [InlineData("a b c | a>b b>c | trigger=b", "b c", "Completed")]
    // Outcomes and dead paths
    [InlineData("a=X b c d | a.X>b a.Y>c b>d c>d", "a b d", "Completed")]
    [InlineData("a=X,Y b c d | a.X>b a.Y>c b>d c>d", "a b c d", "Completed")]
    [InlineData("a=- b c d | a.X>b a.Y>c b>d c>d", "a", "Completed")]
    [InlineData("a=X b c d e | a.Y>b b>c c>e a.X>d d>e", "a d e", "Completed")]
    // The dead path is worked off between two connections of the same activity.
    [InlineData("a=X b c | a.Y>b a.X>c b>c", "a c", "Completed")]
    // Joins
    [InlineData("a=X b c j:all d | a.X>b a.Y>c b>j c>j j>d", "a b", "Completed")]
    [InlineData("a=X b c j:active d | a.X>b a.Y>c b>j c>j j>d", "a b j d", "Completed")]
    [InlineData("a b c j:all | a>b a>c b>j c>j", "a b c j", "Completed")]
    [InlineData("a b c j:any d | a>b a>c b>j c>j j>d", "a b c j d", "Completed")]
    [InlineData("a=X b c j:any d e | a.Y>b a.Y>c b>j c>j j>d a.X>e d>e", "a e", "Completed")]
    // Terminals
    [InlineData("a e:end b | a>e a>b", "a e", "Completed")]
    [InlineData("a=X e:end b | a.Y>e a.X>b", "a b", "Completed")]
    // Backward connections
    [InlineData("s a=Again/Done b | s>a a.Again>a a>b", "s a a b", "Completed")]
    [InlineData("s h=Done/Done b=Again,Done/Done c | s>h h>b b.Again>h b>c", "s h b h c b c", "Completed")]
    [InlineData("s a b=Back | s>a s>b a>b b.Back>a", "s a b", "Faulted IllegalBackwardConnection")]
    [InlineData("s a b | s>a s>b a>b b.Back>a", "s a b", "Completed")]
    // Unreachable
    [InlineData("s:start a b | s>b a>b", "s b", "Completed")]
    [InlineData("s:start a b | s>b a>b | also=a", "s a", "Faulted UnreachableActivityCompleted")]
    // Faults
    [InlineData("a f:fault b | a>f a>b", "a !f", "Faulted ActivityFaulted")]
    [InlineData("a f:fault b c | a>f a>b f>c b>c | continue", "a !f b", "Stuck")]
    // Parallel connections
    [InlineData("a=X,Y b | a.X>b a.Y>b", "a b", "Completed")]
    [InlineData("a=X b | a.X>b a.Y>b", "a b", "Completed")]
    [InlineData("a b c | a>b a>c a>b", "a b c", "Completed")]
    [InlineData("a b c | a>b a>c a>b#In2", "a c b", "Completed")]
    [InlineData("a | a>missing", "a", "Completed")]
    public void A_synchronous_run_follows_the_rules(string flowchart, string events, string end) =>
        AssertRun(flowchart, chooser: null, events, end);

    [Theory]
    // The first branch wins and cancels the other, as far as it got.
    [InlineData("a~ b c j:any d | a>b a>c b>j c>j j>d", "c", "+a a +b +c c -b +j j +d d", "Completed")]
    [InlineData("a~ b c x j:any | a>b a>c b>x x>j c>j", "b c", "+a a +b +c b +x c -x +j j", "Completed")]
    // A branch that does not lead to the join goes on.
    [InlineData("a~ b c o j:any | a>b a>c a>o b>j c>j", "b", "+a a +b +c +o b -c +j j o", "Completed")]
    // What is behind the join is no ancestor of it, though a backward connection leads from there to one (k, o).
    [InlineData("h=Done/Done~ b=Done/Done o=Again j:any=Done/Done k | h>b h>o b>j o.Again>h j>k k.Again>h", "b o b o",
        "+h h +b +o b +j j +k o +h h +b +o b +j j +k o k k", "Completed")]
    // An ancestor that is still in the queue is not canceled; it arrives too late.
    [InlineData("a~ x j:any | a>x a>j x>j", "", "+a a +x +j j x", "Completed")]
    // The canceled branch never reaches p; when nothing runs any more the flowchart is done all the same.
    [InlineData("a~ b c j:any o p | a>b a>c b>j c>j c>p a>o o>p", "b o", "+a a +b +c +o b -c +j j o", "Completed")]
    // A terminal cancels what runs.
    [InlineData("a~ b c e:end | a>b a>c c>e", "c", "+a a +b +c c +e e -b", "Completed")]
    // A node that is running is not visited yet: one of its connections, visited again, schedules it again.
    [InlineData("s~ h=Done/Done b=Again,Done/Done y j | s>h s>y h>b b.Again>h b>j y>j", "h y b h b",
        "+s s +h +y h +b y b +h +j h +b b +j j j", "Completed")]
    public void An_asynchronous_run_follows_the_rules(string flowchart, string order, string events, string end) =>
        AssertRun(flowchart, CompletionOrder.Of(order.Split(' ', StringSplitOptions.RemoveEmptyEntries)), events, end);

    private static void AssertRun(string flowchart, CompletionChooser? chooser, string events, string end)
    {
        var run = new ReferenceFlowchart(ReferenceGraphText.Parse(flowchart), chooser).Run();

        var written = string.Join(' ', run.Events.Select(Short));
        Assert.Equal(events, chooser is null ? string.Join(' ', written.Split(' ').Where(word => !word.StartsWith('+'))) : written);
        Assert.Equal(end, run.Fault == FlowFault.None ? run.End.ToString() : $"{run.End} {run.Fault}");
    }

    private static string Short(FlowEvent happened) => happened.Kind switch
    {
        FlowEventKind.Started => "+" + happened.NodeId,
        FlowEventKind.Completed => happened.NodeId,
        FlowEventKind.Canceled => "-" + happened.NodeId,
        FlowEventKind.Faulted => "!" + happened.NodeId,
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened.Kind, "Unknown kind of event."),
    };
}
