using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

public sealed class RuntimeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sequence_runs_in_order()
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.WriteLine("a"), Doc.WriteLine("b"), Doc.SetOutput("o", "x", Doc.Literal(3)))).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal(["a", "b"], host.World.Lines);
        Assert.Equal("""{"x":3}""", outcome.Output.GetRawText());
    }

    [Fact]
    public async Task Effects_run_side_by_side()
    {
        await using var host = new TestHost();
        var both = new CountdownEvent(2);
        foreach (var name in new[] { "x", "y" })
        {
            host.World.On(name, async (_, token) =>
            {
                both.Signal();
                await Task.Run(() => both.Wait(token), token);
                return name;
            });
        }

        var outcome = await host.RunAsync(Doc.Of(Doc.Parallel("p",
            Doc.Activity("Test.Effect", "e1", ("effect", Doc.Literal("x"))), Doc.Activity("Test.Effect", "e2", ("effect", Doc.Literal("y"))))).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        var calls = await host.Queries.ReadCallsAsync(outcome.Row.Key, Stop);
        Assert.Equal(2, calls.Count);
        Assert.All(calls, c => Assert.Equal(Metering.MeteredCallStatus.Settled, c.Status));
        // Created, started, and landed together or apart.
        Assert.InRange(outcome.Row.Version, 3, 4);
    }

    [Fact]
    public async Task A_question_waits_and_goes_on()
    {
        await using var host = new TestHost();
        var document = Doc.Of(
            Doc.Sequence(Doc.Activity("Test.Ask", "ask", ("question", Doc.Literal("Well?")), ("result", Doc.To("v"))), Doc.SetOutput("o", "answer", Doc.Variable("v"))),
            variables: [Doc.Variable("v", "Object")]);
        var outcome = await host.RunAsync(document.Start(), Stop);
        Assert.Equal(InstanceSubStatus.Suspended, outcome.Row.SubStatus);
        var bookmark = Assert.Single(await host.Queries.ReadBookmarksAsync(outcome.Row.Key, Stop));
        Assert.Equal(LlmOrc.Workflows.Execution.ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmark.Id, Values.From("yes")), Stop));
        await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        outcome = await host.Runtime.GetOutcomeAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        Assert.Equal("""{"answer":"yes"}""", outcome.Output.GetRawText());
        Assert.Equal(LlmOrc.Workflows.Execution.ResumeResult.AlreadyAnswered, await host.Runtime.ResumeAsync(new(bookmark.Id, Values.From("no")), Stop));
    }

    [Fact]
    public async Task A_hybrid_runs_its_ports_and_a_fault_ends_the_run()
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(
            Doc.Activity("Test.Branch", "b", ("body", Doc.WriteLine("one")), ("then", Doc.WriteLine("two"))),
            Doc.Activity("Elsa.Fault", "f", ("message", Doc.Literal("bad"))))).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Faulted, outcome.Row.SubStatus);
        Assert.Equal(["one", "two"], host.World.Lines);
        Assert.Equal("bad", Assert.Single(outcome.Incidents).Failure.Message);
    }
}
