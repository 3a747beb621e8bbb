using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>The end before the end: of a run, and of a branch that lost.</summary>
public sealed class CancelTests
{
    [Fact]
    public async Task A_call_that_is_cancelled_before_it_was_made_costs_nothing()
    {
        var world = new World();
        var store = new InMemoryStore();
        await using var host = TestHost.Over(store, world);
        var outcome = await host.RunAsync(
            Doc.Of(Doc.Parallel("p", Doc.Activity("Test.Effect", "e", ("effect", Doc.Literal("paid"))), Doc.Sequence("s", Doc.WriteLine("w"), Doc.Activity("Elsa.Finish", "end")))).Start(),
            TestContext.Current.CancellationToken);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal(0, world.CountOf("paid"));
        Assert.All(await host.Queries.ReadCallsAsync(outcome.Row.Key, TestContext.Current.CancellationToken), call => Assert.Equal(MeteredCallStatus.Unused, call.Status));
    }

    private readonly InMemoryStore _store = new();
    private readonly World _world = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_leaf_that_heeds_its_cancellation_ends_at_once()
    {
        await using var host = TestHost.Over(_store, _world);
        On("slow", token => _gate.Task.WaitAsync(token));
        var key = await StartAsync(host);

        Assert.Equal(CancelResult.Requested, await host.Runtime.CancelAsync(key.InstanceId, "enough", cancellationToken: Stop));

        var row = await host.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop);
        Assert.Equal((InstanceStatus.Finished, InstanceSubStatus.Cancelled), (row.Status, row.SubStatus));
        Assert.Equal(MeteredCallStatus.Failed, Assert.Single(await _store.ReadCallsAsync(key, Stop)).Status);
        Assert.Equal("enough", Assert.Single((await host.JournalAsync(key.InstanceId, Stop)).OfType<CancelRequested>()).Reason);
        Assert.Equal(CancelResult.AlreadyFinished, await host.Runtime.CancelAsync(key.InstanceId, cancellationToken: Stop));
    }

    [Fact]
    public async Task A_reply_within_the_grace_is_paid_and_not_used()
    {
        await using var host = TestHost.Over(_store, _world, time: new FakeTimeProvider());
        On("slow", _ => _gate.Task);
        var key = await StartAsync(host);
        await host.Runtime.CancelAsync(key.InstanceId, cancellationToken: Stop);

        _gate.SetResult("late");

        Assert.Equal(InstanceSubStatus.Cancelled, (await host.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop)).SubStatus);
        var call = Assert.Single(await _store.ReadCallsAsync(key, Stop));
        Assert.Equal((MeteredCallStatus.Discarded, 0.01m), (call.Status, call.Cost));
        Assert.DoesNotContain(await host.JournalAsync(key.InstanceId, Stop), e => e is ActivityCompleted);
    }

    [Fact]
    public async Task A_leaf_that_ignores_its_cancellation_is_left_when_the_grace_is_over_and_counts_as_spent()
    {
        var time = new FakeTimeProvider();
        await using var host = TestHost.Over(_store, _world, time: time);
        On("slow", _ => _gate.Task);
        var key = await StartAsync(host);
        await host.Runtime.CancelAsync(key.InstanceId, cancellationToken: Stop);
        Assert.Equal(InstanceSubStatus.Executing, (await _store.FindAsync(key, Stop))!.SubStatus);

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(InstanceSubStatus.Cancelled, (await host.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(MeteredCallStatus.Open, Assert.Single(await _store.ReadCallsAsync(key, Stop)).Status);
        _gate.SetResult("far too late");
        await new StoredRunCheck(_store, host).CheckAsync(key, Stop);
    }

    [Fact]
    public async Task A_leaf_of_many_calls_makes_no_further_one_after_the_cancel()
    {
        await using var host = TestHost.Over(_store, _world, time: new FakeTimeProvider());
        On("many1", _ => _gate.Task);
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Activity("Test.Effect", "e", ("effect", Doc.Literal("many")), ("calls", Doc.Literal(3)))).Start(), Stop);
        await _entered.Task.WaitAsync(Stop);
        await host.Runtime.CancelAsync(row.Key.InstanceId, cancellationToken: Stop);

        _gate.SetResult("late");

        Assert.Equal(InstanceSubStatus.Cancelled, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal([MeteredCallStatus.Discarded], (await _store.ReadCallsAsync(row.Key, Stop)).Select(c => c.Status));
        Assert.Equal((1, 0), (_world.CountOf("many1"), _world.CountOf("many2")));
    }

    [Fact]
    public async Task A_suspended_run_ends_and_its_bookmarks_are_gone()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Ask", "ask"), Doc.WriteLine("never"))).Start(), Stop);
        var bookmark = Assert.Single(await _store.ReadBookmarksAsync(outcome.Row.Key, Stop));

        await host.Runtime.CancelAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);

        Assert.Equal(InstanceSubStatus.Cancelled, (await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(ResumeResult.Gone, await host.Runtime.ResumeAsync(new(bookmark.Id), Stop));
        Assert.Equal(BookmarkStatus.Burned, Assert.Single(await _store.ReadBookmarksAsync(outcome.Row.Key, Stop)).Status);
        Assert.Equal(ContinueResult.Finished, await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop));
        Assert.Empty(_world.Lines);
    }

    [Fact]
    public async Task A_crash_during_the_grace_ends_as_cancelled()
    {
        var dying = new CrashingStore(TestKit.Storage.StoreSeams.Of(_store));
        InstanceKey key;
        await using (var host = TestHost.Over(dying, _world, Owners.Dead(1), new FakeTimeProvider()))
        {
            On("slow", _ => _gate.Task);
            key = await StartAsync(host);
            await host.Runtime.CancelAsync(key.InstanceId, cancellationToken: Stop);
            dying.Die();
        }

        await using var next = TestHost.Over(_store, _world, Owners.Dead(2));
        await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop);
        Assert.Equal(InstanceSubStatus.Cancelled, (await next.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(1, _world.CountOf("slow"));
    }

    [Fact]
    public async Task A_cancel_is_noticed_in_a_burst_that_would_never_end()
    {
        await using var host = TestHost.Over(_store, _world, options: o => o.MaxBurstEntries = 1_000_000_000);
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Activity("Elsa.While", "while", ("condition", Doc.Literal(true)), ("body", Doc.Activity("Elsa.Start", "nothing")))).Start(), Stop);
        await host.EntryAsync(row.Key.InstanceId, e => e.Sequence > 5000, Stop);

        await host.Runtime.CancelAsync(row.Key.InstanceId, cancellationToken: Stop);

        Assert.Equal(InstanceSubStatus.Cancelled, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    [Theory]
    [InlineData("fork")]
    [InlineData("join")]
    public async Task The_late_reply_of_a_branch_that_lost_is_paid_and_not_used(string shape)
    {
        await using var host = TestHost.Over(_store, _world, time: new FakeTimeProvider());
        On("slow", _ => _gate.Task);
        _world.On("fast", async (_, token) =>
        {
            await _entered.Task.WaitAsync(token);
            return "fast";
        });
        var root = shape == "fork"
            ? Doc.Sequence(Doc.Activity("Elsa.Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(Effect("slow"), Effect("fast")))), Doc.WriteLine("z"))
            : Doc.Flowchart("s>slow s>fast slow>join fast>join join>z", Doc.WriteLine("s"), Effect("slow"), Effect("fast"), Doc.Activity("Elsa.FlowJoin", "join"), Doc.WriteLine("z"));
        var row = await host.Runtime.StartAsync(Doc.Of(root).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.NotNull(await _store.FindLeaseAsync(row.Key, Stop));

        _gate.SetResult("late");

        var late = (CallSettled)await host.EntryAsync(row.Key.InstanceId, e => e is CallSettled { Call.Step: "slow" }, Stop);
        Assert.Equal((MeteredCallStatus.Discarded, 10L), (late.Call.Status, late.Call.PromptTokens));
        Assert.Equal("z", _world.Lines[^1]);
        await new StoredRunCheck(_store, host).CheckAsync(row.Key, Stop);
    }

    private async Task<InstanceKey> StartAsync(TestHost host)
    {
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("slow"), Doc.WriteLine("never"))).Start(), Stop);
        await _entered.Task.WaitAsync(Stop);
        return row.Key;
    }

    // Its start is durable before it is made: only from then on is there a call to wait for.
    private void On(string name, Func<CancellationToken, Task<string>> effect) => _world.On(name, (_, token) =>
    {
        _entered.TrySetResult();
        return effect(token);
    });

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));
}
