using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>One live owner at a time: leases, takeovers, recovery, and timers that outlive their process.</summary>
public sealed class OwnershipTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    private readonly InMemoryStore _store = new();
    private readonly World _world = new();
    private readonly TaskCompletionSource<string> _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dead_process_of_this_host_is_followed_at_once()
    {
        var key = await CrashAsync(Owners.Dead(1));
        await using var next = TestHost.Over(_store, _world, Owners.Dead(2), new FakeTimeProvider(Now));
        Assert.Equal(ContinueResult.Continued, await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop));
        await next.EntryAsync(key.InstanceId, e => e is ActivityStarted { ActivityId: "slow", Attempt: 2 }, Stop);
    }

    [Fact]
    public async Task A_process_of_another_host_is_followed_when_its_lease_has_expired()
    {
        var key = await CrashAsync(Owners.Elsewhere(1));
        var time = new FakeTimeProvider(Now);
        await using var next = TestHost.Over(_store, _world, Owners.Elsewhere(2), time);
        Assert.Equal(ContinueResult.OwnedElsewhere, await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop));

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(ContinueResult.Continued, await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop));
    }

    [Fact]
    public async Task Whoever_drives_all_recovers_without_being_asked()
    {
        var key = await CrashAsync(Owners.Dead(1));
        _world.On("slow", (_, _) => Task.FromResult("slow"));
        var time = new FakeTimeProvider(Now);
        await using var next = TestHost.Over(_store, _world, Owners.Dead(2), time, o => o.DrivesAll = true);

        await time.PassUntilAsync(next.EntryAsync(key.InstanceId, e => e is InstanceFinished, Stop), TimeSpan.FromSeconds(1), Stop);

        Assert.Equal(2, _world.CountOf("slow"));
    }

    [Fact]
    public async Task A_process_that_was_asleep_commits_nothing_any_more()
    {
        // Each has a clock of its own: the first one's stands still, as its process does.
        await using var asleep = TestHost.Over(_store, _world, Owners.Elsewhere(1), new FakeTimeProvider(Now));
        _world.On("slow", async (context, token) => context.Attempt == 1 ? await _gate.Task : "taken over");
        var row = await asleep.Runtime.StartAsync(Slow, Stop);
        await asleep.EntryAsync(row.Key.InstanceId, e => e is ActivityStarted { ActivityId: "slow" }, Stop);
        await using var next = TestHost.Over(_store, _world, Owners.Elsewhere(2), new FakeTimeProvider(Now.AddSeconds(31)));
        await next.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop);
        await next.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop);

        _gate.SetResult("asleep");

        // What it paid for is all that it still may say.
        await asleep.EntryAsync(row.Key.InstanceId, e => e is CallSettled { Call: { Attempt: 1, Status: MeteredCallStatus.Discarded } }, Stop);
        var message = Assert.Single(await _store.ReadMessagesAsync(row.Key, null, 1, 10, Stop));
        Assert.Equal("taken over", message.Content);
        await new StoredRunCheck(_store, next).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task Whoever_asks_a_process_that_lost_the_run_is_answered_by_the_new_owner()
    {
        await using var asleep = TestHost.Over(_store, _world, Owners.Elsewhere(1), options: o => o.WatchPollMilliseconds = 10);
        _world.On("slow", (_, token) => _gate.Task.WaitAsync(token));
        var row = await asleep.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", Effect("slow"), Doc.Activity("Test.Ask", "ask"))).Start(), Stop);
        await asleep.EntryAsync(row.Key.InstanceId, e => e is ActivitySuspended, Stop);
        await using var next = TestHost.Over(_store, _world, Owners.Elsewhere(2), options: o => o.WatchPollMilliseconds = 10);
        // Somebody gives the run to the second process, and the first one does not know yet.
        await _store.TakeOverLeaseAsync(row.Key, Owners.Elsewhere(1), Owners.Elsewhere(2), TimeProvider.System.GetUtcNow().AddSeconds(30), Stop);
        Assert.Equal(ContinueResult.Continued, await next.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop));

        var bookmark = Assert.Single(await _store.ReadBookmarksAsync(row.Key, Stop));
        Assert.Equal(ResumeResult.Accepted, await asleep.Runtime.ResumeAsync(new(bookmark.Id), Stop));
        _gate.SetResult("slow");

        Assert.Equal(InstanceSubStatus.Finished, (await next.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        await new StoredRunCheck(_store, next).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task Two_runtimes_of_one_process_commit_each_effect_once()
    {
        await using var one = TestHost.Over(_store, _world);
        await using var two = TestHost.Over(_store, _world);
        _world.On("slow", (_, token) => _gate.Task.WaitAsync(token));
        var row = await one.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("slow"), Effect("b"), Effect("c"))).Start(), Stop);
        await one.EntryAsync(row.Key.InstanceId, e => e is ActivityStarted { ActivityId: "slow" }, Stop);
        await two.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop);

        _gate.SetResult("slow");

        Assert.Equal(InstanceSubStatus.Finished, (await one.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(3, (await _store.ReadMessagesAsync(row.Key, null, 1, 10, Stop)).Count);
        // What was under way when the second one took the run up is made again; nothing after it, for the first one lets go.
        Assert.Equal((2, 1, 1), (_world.CountOf("slow"), _world.CountOf("b"), _world.CountOf("c")));
        await new StoredRunCheck(_store, one).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task A_timer_of_400_days_fires_once_and_not_early_though_processes_come_and_go()
    {
        var time = new FakeTimeProvider(Now);
        string id;
        await using (var host = TestHost.Over(_store, _world, Owners.Dead(1), time, o => o.DrivesAll = true))
        {
            var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(400 * 86400))), Doc.WriteLine("awake"))).Start(), Stop);
            id = outcome.Row.Key.InstanceId;
        }

        await using var next = TestHost.Over(_store, _world, Owners.Dead(2), time, o => o.DrivesAll = true);
        _ = next.Runtime;
        time.Advance(TimeSpan.FromDays(400) - TimeSpan.FromMinutes(1));
        // Another run shows that the housekeeper has been at it.
        var other = await next.RunAsync(Doc.Of(Doc.Activity("Test.Sleep", "short", ("seconds", Doc.Literal(5)))).Start(), Stop);
        await time.PassUntilAsync(next.EntryAsync(other.Row.Key.InstanceId, e => e is InstanceFinished, Stop), TimeSpan.FromSeconds(1), Stop);
        Assert.Empty(_world.Lines);

        await time.PassUntilAsync(next.EntryAsync(id, e => e is InstanceFinished, Stop), TimeSpan.FromSeconds(1), Stop);

        Assert.Equal(["awake"], _world.Lines);
        Assert.True(time.GetUtcNow() >= Now.AddDays(400));
    }

    [Fact]
    public async Task An_overdue_timer_fires_when_the_run_is_taken_up()
    {
        var time = new FakeTimeProvider(Now);
        await using var host = TestHost.Over(_store, _world, time: time);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Retry", "retry"), Doc.WriteLine("done"))).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Suspended, outcome.Row.SubStatus);

        for (var n = 0; n < 2; n++)
        {
            time.Advance(TimeSpan.FromMinutes(5));
            await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
            await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        }

        Assert.Equal(["done"], _world.Lines);
    }

    [Fact]
    public async Task Overdue_timers_of_others_do_not_hold_up_ones_own()
    {
        var time = new FakeTimeProvider(Now);
        await using (var before = TestHost.Over(_store, _world, time: time))
        {
            for (var n = 0; n < 120; n++)
                await before.RunAsync(Doc.Of(Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(1)))).Start(), Stop);
        }

        await using var host = TestHost.Over(_store, _world, time: time);
        _world.On("slow", (_, token) => _gate.Task.WaitAsync(token));
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", Effect("slow"), Doc.Sequence("s", Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(60))), Doc.WriteLine("awake")))).Start(), Stop);

        await time.PassUntilAsync(host.EntryAsync(row.Key.InstanceId, e => e is ActivityResumed, Stop), TimeSpan.FromSeconds(5), Stop);
        _gate.SetResult("slow");

        await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop);
        Assert.Equal(["awake"], _world.Lines);
    }

    [Fact]
    public async Task Timers_that_another_process_minds_do_not_hide_those_behind_them()
    {
        const int MoreThanTwoPages = 250;
        var time = new FakeTimeProvider(Now);
        var sleep = Doc.Of(Doc.Sequence(Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Expression("Input", new JsonObject { ["name"] = "seconds" })))), inputs: [Doc.Argument("seconds", "Double")]);
        var keys = new List<InstanceKey>();
        await using (var first = TestHost.Over(_store, _world, Owners.Dead(1), time))
        {
            for (var n = 1; n <= MoreThanTwoPages + 1; n++)
                keys.Add((await first.RunAsync(sleep.Start(("seconds", (double)n)), Stop)).Row.Key);
        }

        foreach (var key in keys[..^1])
            await _store.TryAcquireLeaseAsync(key, Owners.Elsewhere(1), Now, Now.AddDays(1), Stop);

        time.Advance(TimeSpan.FromHours(1));
        await using var next = TestHost.Over(_store, _world, Owners.Dead(2), time, o => o.DrivesAll = true);
        await time.PassUntilAsync(next.EntryAsync(keys[^1].InstanceId, e => e is InstanceFinished, Stop), TimeSpan.FromSeconds(1), Stop);
    }

    [Fact]
    public async Task A_process_with_fewer_places_recovers_no_more_at_once_than_it_has()
    {
        var effects = Enumerable.Range(1, 6).Select(n => $"e{n}").ToArray();
        foreach (var name in effects)
            _world.On(name, (_, token) => _gate.Task.WaitAsync(token));
        InstanceKey key;
        await using (var first = TestHost.Over(_store, _world, Owners.Dead(1)))
        {
            key = (await first.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", [.. effects.Select(Effect)])).Start(), Stop)).Key;
            await first.EntryAsync(key.InstanceId, e => e is ActivityStarted { ActivityId: "e6" }, Stop);
        }

        var (now, most) = (0, 0);
        foreach (var name in effects)
        {
            _world.On(name, async (_, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref now));
                await Task.Yield();
                Interlocked.Decrement(ref now);
                return name;
            });
        }

        await using var next = TestHost.Over(_store, _world, Owners.Dead(2), options: o => o.MaxConcurrentLeaves = 2);
        await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop);

        Assert.Equal(InstanceSubStatus.Finished, (await next.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(6, (await _store.ReadMessagesAsync(key, null, 1, 10, Stop)).Count);
        Assert.InRange(most, 1, 2);
        // No more than two had a second start before one of them had landed.
        var atWork = 0;
        foreach (var entry in await next.JournalAsync(key.InstanceId, Stop))
        {
            atWork += entry is ActivityStarted { Attempt: 2 } ? 1 : entry is ActivityCompleted { ExecutionId: > 2 } ? -1 : 0;
            Assert.InRange(atWork, int.MinValue, 2);
        }
    }

    [Fact]
    public async Task A_run_that_rests_is_nobodys()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Activity("Test.Ask", "ask")).Start(), Stop);
        Assert.Null(await _store.FindLeaseAsync(outcome.Row.Key, Stop));
    }

    private static StartRequest Slow => Doc.Of(Doc.Sequence(Effect("slow"), Doc.WriteLine("z"))).Start();

    // A process that dies while its leaf is at work.
    private async Task<InstanceKey> CrashAsync(Owner owner)
    {
        var dying = new CrashingStore(StoreSeams.Of(_store));
        await using var host = TestHost.Over(dying, _world, owner, new FakeTimeProvider(Now));
        _world.On("slow", (_, token) => _gate.Task.WaitAsync(token));
        var row = await host.Runtime.StartAsync(Slow, Stop);
        await host.EntryAsync(row.Key.InstanceId, e => e is ActivityStarted { ActivityId: "slow" }, Stop);
        while (_world.CountOf("slow") == 0)
            await Task.Yield();
        dying.Die();
        return row.Key;
    }

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));
}
