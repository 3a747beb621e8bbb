using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Storage;

/// <summary>The contract of <see cref="IWorkQueue"/>: inherit it for each store.</summary>
public abstract class WorkQueueContract : StoreContract
{
    private static readonly DateTimeOffset Now = Commits.Noon;
    private static readonly DateTimeOffset Later = Now.AddSeconds(30).AddTicks(1);

    [Fact]
    public async Task A_free_lease_is_taken()
    {
        var key = (await CreateAsync("one")).Key;
        Assert.Null(await Work.FindLeaseAsync(key, Stop));

        var lease = await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        Assert.Equal(new Lease(Commits.Alice, Later), lease);
        Assert.Equal(lease, await Work.FindLeaseAsync(key, Stop));
    }

    [Fact]
    public async Task A_held_lease_stays_with_its_owner()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        var answer = await Work.TryAcquireLeaseAsync(key, Commits.Bob, Later.AddTicks(-1), Later.AddHours(1), Stop);

        Assert.Equal(new Lease(Commits.Alice, Later), answer);
        Assert.Equal(answer, await Work.FindLeaseAsync(key, Stop));
    }

    [Fact]
    public async Task An_expired_lease_is_taken_by_another()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        var answer = await Work.TryAcquireLeaseAsync(key, Commits.Bob, Later, Later.AddHours(1), Stop);

        Assert.Equal(new Lease(Commits.Bob, Later.AddHours(1)), answer);
    }

    [Fact]
    public async Task An_owner_renews_its_lease()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        var answer = await Work.TryAcquireLeaseAsync(key, Commits.Alice with { }, Now, Later.AddHours(1), Stop);

        Assert.Equal(new Lease(Commits.Alice, Later.AddHours(1)), answer);
        Assert.Equal(answer, await Work.FindLeaseAsync(key, Stop));
    }

    [Fact]
    public async Task Every_part_of_an_owner_tells_it_from_another()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        foreach (var other in new[]
        {
            Commits.Alice with { Host = "ALICE" }, Commits.Alice with { BootId = "boot-0" },
            Commits.Alice with { ProcessId = 1 }, Commits.Alice with { ProcessStart = 1 },
        })
        {
            Assert.Equal(Commits.Alice, (await Work.TryAcquireLeaseAsync(key, other, Now, Later, Stop))!.Owner);
            Assert.Equal(Commits.Alice, (await Work.TakeOverLeaseAsync(key, other, Commits.Bob, Later, Stop))!.Owner);
        }
    }

    [Fact]
    public async Task A_lease_is_given_up_by_its_owner_only()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        await Work.ReleaseLeaseAsync(key, Commits.Bob, Stop);
        Assert.NotNull(await Work.FindLeaseAsync(key, Stop));

        await Work.ReleaseLeaseAsync(key, Commits.Alice, Stop);
        Assert.Null(await Work.FindLeaseAsync(key, Stop));

        await Work.ReleaseLeaseAsync(key, Commits.Alice, Stop);
        Assert.Equal(Commits.Bob, (await Work.TryAcquireLeaseAsync(key, Commits.Bob, Now, Later, Stop))!.Owner);
    }

    [Fact]
    public async Task A_lease_of_the_dead_is_taken_at_once()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop);

        var answer = await Work.TakeOverLeaseAsync(key, Commits.Alice, Commits.Bob, Later.AddHours(1), Stop);

        Assert.Equal(new Lease(Commits.Bob, Later.AddHours(1)), answer);
        Assert.Equal(answer, await Work.FindLeaseAsync(key, Stop));
    }

    [Fact]
    public async Task A_lease_is_not_taken_from_somebody_who_was_faster()
    {
        var key = (await CreateAsync("one")).Key;
        var (dead, slow) = (Commits.Alice with { ProcessId = 1 }, Commits.Alice with { ProcessId = 2 });
        await Work.TryAcquireLeaseAsync(key, dead, Now, Later, Stop);
        await Work.TakeOverLeaseAsync(key, dead, Commits.Bob, Later, Stop);

        Assert.Equal(new Lease(Commits.Bob, Later), await Work.TakeOverLeaseAsync(key, dead, slow, Later.AddHours(1), Stop));
    }

    [Fact]
    public async Task A_free_lease_may_be_taken_over_too()
    {
        var key = (await CreateAsync("one")).Key;

        Assert.Equal(Commits.Bob, (await Work.TakeOverLeaseAsync(key, Commits.Alice, Commits.Bob, Later, Stop))!.Owner);
    }

    [Fact]
    public async Task An_unknown_instance_has_no_lease()
    {
        var key = new InstanceKey("", "nobody");

        Assert.Null(await Work.TryAcquireLeaseAsync(key, Commits.Alice, Now, Later, Stop));
        Assert.Null(await Work.TakeOverLeaseAsync(key, Commits.Bob, Commits.Alice, Later, Stop));
        Assert.Null(await Work.FindLeaseAsync(key, Stop));
        await Work.ReleaseLeaseAsync(key, Commits.Alice, Stop);
    }

    [Fact]
    public async Task Of_many_takers_of_one_lease_exactly_one_has_it()
    {
        var key = (await CreateAsync("one")).Key;
        var takers = Enumerable.Range(0, 16).Select(i => Commits.Alice with { ProcessId = i }).ToArray();

        var leases = await Task.WhenAll(takers.Select(taker => Task.Run(() => Work.TryAcquireLeaseAsync(key, taker, Now, Later, Stop))));

        Assert.Single(takers.Where((taker, i) => leases[i]!.Owner == taker));
        Assert.Single(leases.Distinct());
    }

    [Fact]
    public async Task Of_many_who_take_over_from_the_dead_exactly_one_has_it()
    {
        var key = (await CreateAsync("one")).Key;
        await Work.TryAcquireLeaseAsync(key, Commits.Bob, Now, Later, Stop);
        var takers = Enumerable.Range(0, 16).Select(i => Commits.Alice with { ProcessId = i }).ToArray();

        var leases = await Task.WhenAll(takers.Select(taker => Task.Run(() => Work.TakeOverLeaseAsync(key, Commits.Bob, taker, Later, Stop))));

        Assert.Single(takers.Where((taker, i) => leases[i]!.Owner == taker));
    }

    [Fact]
    public async Task A_commit_takes_renews_and_gives_up_the_lease()
    {
        var first = Commits.First("one") with { Lease = new Lease(Commits.Alice, Later) };
        await Instances.CreateAsync(first, Stop);
        Assert.Equal(first.Lease, await Work.FindLeaseAsync(first.Row.Key, Stop));

        var row = await CommitAsync(Commits.Next(first.Row) with { Lease = new Lease(Commits.Bob, Later.AddHours(1)) });
        Assert.Equal(new Lease(Commits.Bob, Later.AddHours(1)), await Work.FindLeaseAsync(row.Key, Stop));

        await CommitAsync(Commits.Next(row));
        Assert.Null(await Work.FindLeaseAsync(row.Key, Stop));
    }

    [Fact]
    public async Task A_commit_that_is_not_stored_leaves_the_lease()
    {
        var row = await CreateAsync("one");
        await CommitAsync(Commits.Next(row) with { ConsumedInbox = ["s"], Lease = new Lease(Commits.Alice, Later) });

        await Instances.CommitAsync(Commits.Next(row) with { Lease = new Lease(Commits.Bob, Later) }, Stop);
        await Instances.CommitAsync(Commits.Next(Commits.Next(row).Row) with { ConsumedInbox = ["s"], Lease = new Lease(Commits.Bob, Later) }, Stop);

        Assert.Equal(new Lease(Commits.Alice, Later), await Work.FindLeaseAsync(row.Key, Stop));
    }

    [Fact]
    public async Task A_lease_does_not_change_the_row()
    {
        var row = await CreateAsync("one");

        await Work.TryAcquireLeaseAsync(row.Key, Commits.Alice, Now, Later, Stop);

        Assert.Equal(row, await Queries.FindAsync(row.Key, Stop));
        await CommitAsync(Commits.Next(row));
    }

    [Fact]
    public async Task Candidates_for_recovery_are_held_or_were_left_executing()
    {
        var suspended = await CreateAsync("suspended", change: row => At(row, 4) with { SubStatus = InstanceSubStatus.Suspended });
        await CreateAsync("held", change: row => At(row, 3) with { SubStatus = InstanceSubStatus.Suspended });
        await CreateAsync("pending", change: row => At(row, 2) with { SubStatus = InstanceSubStatus.Pending });
        var executing = await CreateAsync("executing", change: row => At(row, 1));
        await CreateAsync("finished", change: row => At(row, 0) with { Status = InstanceStatus.Finished, SubStatus = InstanceSubStatus.Faulted });
        await CreateAsync("executing", "red", row => At(row, 0));
        var lease = await Work.TryAcquireLeaseAsync(new InstanceKey("", "held"), Commits.Alice, Now, Later, Stop);
        await Work.TryAcquireLeaseAsync(new InstanceKey("", "finished"), Commits.Alice, Now, Later, Stop);

        var all = await Work.ListExecutingAsync("", 10, Stop);

        Assert.Equal(["executing", "pending", "held"], all.Select(candidate => candidate.Row.Key.InstanceId));
        Assert.Equal([null, null, lease], all.Select(candidate => candidate.Lease));
        Assert.Equal(executing, all[0].Row);
        Assert.DoesNotContain(all, candidate => candidate.Row == suspended);
        Assert.Equal(["executing", "pending"], (await Work.ListExecutingAsync("", 2, Stop)).Select(candidate => candidate.Row.Key.InstanceId));
        Assert.Equal("red", Assert.Single(await Work.ListExecutingAsync("red", 10, Stop)).Row.Key.TenantId);

        static InstanceRow At(InstanceRow row, int second) => row with { CreatedAt = Now.AddSeconds(second) };
    }

    [Fact]
    public async Task Due_timers_are_read_earliest_first()
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two", "red");
        await CommitAsync(Commits.Next(one) with { AddedTimers = [Commits.Timer("c", Now.AddTicks(2)), Commits.Timer("a", Now)] });
        await CommitAsync(Commits.Next(two) with { AddedTimers = [Commits.Timer("b", Now.AddTicks(1).ToOffset(TimeSpan.FromHours(9))), Commits.Timer("d", Now.AddYears(30))] });

        Assert.Equal(["a", "b", "c"], (await Work.ReadDueTimersAsync(Now.AddTicks(2), 10, Stop)).Select(due => due.Timer.Id));
        Assert.Equal(["a", "b"], (await Work.ReadDueTimersAsync(Now.AddTicks(1), 10, Stop)).Select(due => due.Timer.Id));
        Assert.Equal(["a"], (await Work.ReadDueTimersAsync(Now.AddYears(40), 1, Stop)).Select(due => due.Timer.Id));
        Assert.Empty(await Work.ReadDueTimersAsync(Now.AddTicks(-1), 10, Stop));

        var all = await Work.ReadDueTimersAsync(DateTimeOffset.MaxValue, 10, Stop);
        Assert.Equal((two.Key, Commits.Timer("b", Now.AddTicks(1))), all[1]);
        Assert.Equal((two.Key, Commits.Timer("d", Now.AddYears(30))), all[3]);
    }

    [Fact]
    public async Task A_removed_timer_is_gone_and_others_of_its_id_stay()
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two");
        var red = await CreateAsync("one", "red");
        one = await CommitAsync(Commits.Next(one) with { AddedTimers = [Commits.Timer("t", Now), Commits.Timer("u", Now.AddSeconds(1))] });
        await CommitAsync(Commits.Next(two) with { AddedTimers = [Commits.Timer("t", Now.AddSeconds(2))] });
        await CommitAsync(Commits.Next(red) with { AddedTimers = [Commits.Timer("t", Now.AddSeconds(3))] });

        await CommitAsync(Commits.Next(one) with { RemovedTimers = ["t", "unknown"] });

        Assert.Equal(
            [(one.Key, "u"), (two.Key, "t"), (red.Key, "t")],
            (await Work.ReadDueTimersAsync(DateTimeOffset.MaxValue, 10, Stop)).Select(due => (due.Instance, due.Timer.Id)));
    }

    [Fact]
    public async Task A_timer_that_came_and_went_within_a_commit_is_gone()
    {
        var row = await CreateAsync("one");

        await CommitAsync(Commits.Next(row) with { AddedTimers = [Commits.Timer("t", Now)], RemovedTimers = ["t"] });

        Assert.Empty(await Work.ReadDueTimersAsync(DateTimeOffset.MaxValue, 10, Stop));
    }

    [Fact]
    public async Task A_timer_is_replaced_by_id()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row) with { AddedTimers = [Commits.Timer("t", Now)] });

        await CommitAsync(Commits.Next(row) with { AddedTimers = [Commits.Timer("t", Now.AddDays(400))] });

        Assert.Empty(await Work.ReadDueTimersAsync(Now, 10, Stop));
        Assert.Equal(Commits.Timer("t", Now.AddDays(400)), Assert.Single(await Work.ReadDueTimersAsync(Now.AddDays(400), 10, Stop)).Timer);
    }

    [Fact]
    public async Task Stimuli_are_read_oldest_first_until_a_commit_uses_them_up()
    {
        var row = await CreateAsync("one");
        foreach (var id in new[] { "z", "a", "m" })
        {
            Assert.True(await Work.EnqueueAsync(Commits.Stimulus(id, row.Key), Stop));
        }

        Assert.Equal(["z", "a", "m"], await ReadInboxIdsAsync(row.Key));
        Assert.Equal(["z", "a"], (await Work.ReadInboxAsync(row.Key, 2, Stop)).Select(stimulus => stimulus.Id));

        await CommitAsync(Commits.Next(row) with { ConsumedInbox = ["z", "m"] });
        Assert.Equal(["a"], await ReadInboxIdsAsync(row.Key));
    }

    [Fact]
    public async Task A_stimulus_comes_back_as_it_was_enqueued()
    {
        var row = await CreateAsync("one", "red");
        var stimulus = Commits.Stimulus("s", row.Key) with { Payload = Commits.Utf8("{\"text\":\"ja \U0001F44D\"}") };
        await Work.EnqueueAsync(stimulus, Stop);

        var read = Assert.Single(await Work.ReadInboxAsync(row.Key, 10, Stop));

        Assert.Equal(stimulus with { Payload = default }, read with { Payload = default });
        Assert.Equal(stimulus.Payload.Text(), read.Payload.Text());
        Assert.Empty(await ReadInboxIdsAsync(new InstanceKey("", "one")));
    }

    [Fact]
    public async Task A_second_stimulus_of_an_id_is_a_repeat_even_after_the_first_was_used_up()
    {
        var row = await CreateAsync("one");
        Assert.True(await Work.EnqueueAsync(Commits.Stimulus("s", row.Key), Stop));

        Assert.False(await Work.EnqueueAsync(Commits.Stimulus("s", row.Key) with { Kind = "cancel" }, Stop));
        Assert.Equal("resume", Assert.Single(await Work.ReadInboxAsync(row.Key, 10, Stop)).Kind);

        await CommitAsync(Commits.Next(row) with { ConsumedInbox = ["s", "never-enqueued"] });
        Assert.False(await Work.EnqueueAsync(Commits.Stimulus("s", row.Key), Stop));
        Assert.False(await Work.EnqueueAsync(Commits.Stimulus("never-enqueued", row.Key), Stop));
        Assert.Empty(await ReadInboxIdsAsync(row.Key));
    }

    [Fact]
    public async Task The_same_stimulus_id_for_another_instance_or_tenant_is_another_stimulus()
    {
        var one = (await CreateAsync("one")).Key;
        var two = (await CreateAsync("two")).Key;
        var red = (await CreateAsync("one", "red")).Key;

        Assert.True(await Work.EnqueueAsync(Commits.Stimulus("s", one), Stop));
        Assert.True(await Work.EnqueueAsync(Commits.Stimulus("s", two), Stop));
        Assert.True(await Work.EnqueueAsync(Commits.Stimulus("s", red), Stop));
        Assert.Equal(["s"], await ReadInboxIdsAsync(red));
    }

    [Fact]
    public async Task Of_many_stimuli_of_one_id_exactly_one_is_new()
    {
        var key = (await CreateAsync("one")).Key;

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Work.EnqueueAsync(Commits.Stimulus("s", key), Stop))));

        Assert.Single(answers, isNew => isNew);
        Assert.Single(await ReadInboxIdsAsync(key));
    }

    [Fact]
    public async Task Outbox_rows_are_read_oldest_first_until_they_are_delivered()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row) with { Outbox = [Commits.Outbox("z"), Commits.Outbox("a")] });
        await CommitAsync(Commits.Next(row) with { Outbox = [Commits.Outbox("m")] });

        Assert.Equal(["z", "a", "m"], await ReadOutboxIdsAsync());
        Assert.Equal("z", Assert.Single(await Work.ReadOutboxAsync(1, Stop)).Row.Id);

        await Work.CompleteOutboxAsync(row.Key, "a", Stop);
        await Work.CompleteOutboxAsync(row.Key, "a", Stop);
        await Work.CompleteOutboxAsync(row.Key, "unknown", Stop);
        Assert.Equal(["z", "m"], await ReadOutboxIdsAsync());
    }

    [Fact]
    public async Task An_outbox_row_comes_back_as_it_was_committed_with_its_instance()
    {
        var row = await CreateAsync("one", "red");
        await CommitAsync(Commits.Next(row) with { Outbox = [Commits.Outbox("o")] });

        var (instance, read) = Assert.Single(await Work.ReadOutboxAsync(10, Stop));

        Assert.Equal(row.Key, instance);
        Assert.Equal(Commits.Outbox("o") with { Payload = default }, read with { Payload = default });
        Assert.Equal(Commits.Outbox("o").Payload.Text(), read.Payload.Text());
    }

    [Fact]
    public async Task A_delivered_row_leaves_those_of_other_instances_and_tenants()
    {
        var one = await CreateAsync("one");
        var red = await CreateAsync("one", "red");
        await CommitAsync(Commits.Next(one) with { Outbox = [Commits.Outbox("o")] });
        await CommitAsync(Commits.Next(red) with { Outbox = [Commits.Outbox("o")] });

        await Work.CompleteOutboxAsync(one.Key, "o", Stop);

        Assert.Equal(red.Key, Assert.Single(await Work.ReadOutboxAsync(10, Stop)).Instance);
    }

    private async Task<IReadOnlyList<string>> ReadInboxIdsAsync(InstanceKey key) =>
        [.. (await Work.ReadInboxAsync(key, 100, Stop)).Select(stimulus => stimulus.Id)];

    private async Task<IReadOnlyList<string>> ReadOutboxIdsAsync() =>
        [.. (await Work.ReadOutboxAsync(100, Stop)).Select(outbox => outbox.Row.Id)];
}
