using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>What goes wrong in a run, and how it goes on.</summary>
public sealed class FaultTests
{
    private const string Continue = "ContinueWithIncidentsStrategy";

    private readonly InMemoryStore _store = new();
    private readonly World _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fault_lets_what_is_at_work_land_and_starts_nothing_new()
    {
        await using var host = TestHost.Over(_store, _world);
        var gate = new TaskCompletionSource<string>();
        _world.On("slow", (_, token) => gate.Task.WaitAsync(token));
        Break("bad");
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", Doc.Sequence("s", Effect("slow"), Effect("next")), Effect("bad"))).Start(), Stop);
        await host.EntryAsync(row.Key.InstanceId, e => e is ActivityFaulted, Stop);
        Assert.Equal(InstanceStatus.Running, (await _store.FindAsync(row.Key, Stop))!.Status);

        gate.SetResult("slow");

        Assert.Equal(InstanceSubStatus.Faulted, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal((1, 0), (_world.CountOf("slow"), _world.CountOf("next")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Continue)]
    public async Task A_retry_repeats_what_faulted_with_the_same_inputs_and_nothing_else(string? strategy)
    {
        await using var host = TestHost.Over(_store, _world);
        Break("bad1");
        // The input counts how often it is evaluated.
        var bad = Doc.Activity("Test.Effect", "bad", ("effect", Doc.JavaScript("variables.n = variables.n + 1; 'bad' + variables.n")));
        var first = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Parallel("p", Effect("good"), bad), Effect("z")), [Doc.Variable("n", "Int32", 0)], incidents: strategy).Start(), Stop);
        Assert.Equal(strategy is null ? InstanceSubStatus.Faulted : InstanceSubStatus.Suspended, first.Row.SubStatus);

        _world.IsMended = true;
        Assert.Equal(ContinueResult.Continued, await host.Runtime.ContinueAsync(first.Row.Key.InstanceId, cancellationToken: Stop));

        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(first.Row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal((1, 2, 0, 1), (_world.CountOf("good"), _world.CountOf("bad1"), _world.CountOf("bad2"), _world.CountOf("z")));
        var starts = (await host.JournalAsync(first.Row.Key.InstanceId, Stop)).OfType<ActivityStarted>().Where(s => s.ActivityId == "bad").ToList();
        Assert.Equal([(1, true), (2, false)], starts.Select(s => (s.Attempt, s.Inputs is not null)));
        Assert.Single(_world.Events.Where(e => e.Name == "bad1").Select(e => e.Key).Distinct());
    }

    [Fact]
    public async Task With_incidents_other_branches_go_on()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(
            Doc.Sequence(Doc.Parallel("p", Doc.Activity("Test.Fragile", "f"), Doc.Sequence("s", Effect("a"), Effect("b"))), Doc.WriteLine("z")), incidents: Continue).Start(), Stop);

        Assert.Equal((InstanceStatus.Running, InstanceSubStatus.Suspended), (outcome.Row.Status, outcome.Row.SubStatus));
        Assert.Equal((1, 1), (_world.CountOf("a"), _world.CountOf("b")));
        Assert.Equal("Broken", Assert.Single(outcome.Incidents).Failure.Type);
        Assert.Empty(_world.Lines);
    }

    [Fact]
    public async Task A_condition_that_faulted_is_asked_again()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(
            Doc.Activity("Elsa.While", "while", ("condition", Doc.JavaScript("variables.v.deep < 2")), ("body", Effect("e")))), [Doc.Variable("v", "Object")]).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Faulted, outcome.Row.SubStatus);

        await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);

        var again = await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        Assert.Equal((InstanceSubStatus.Faulted, 2), (again.SubStatus, again.IncidentCount));
        Assert.Equal(2, (await host.JournalAsync(again.Key.InstanceId, Stop)).Count(e => e is ActivityFaulted));
    }

    [Fact]
    public async Task What_a_faulted_composite_had_at_work_is_not_waited_for_when_it_begins_anew()
    {
        await using var host = TestHost.Over(_store, _world, time: new FakeTimeProvider());
        var gate = new TaskCompletionSource<string>();
        _world.On("slow", (_, token) => _world.IsMended ? Task.FromResult("slow") : gate.Task);
        var row = await host.Runtime.StartAsync(Doc.Of(
            Doc.Flowchart("s>slow s>a s>b a>b b>a", Doc.WriteLine("s"), Effect("slow"), Doc.WriteLine("a"), Doc.WriteLine("b")), incidents: Continue).Start(), Stop);
        await host.EntryAsync(row.Key.InstanceId, e => e is ActivityFaulted, Stop);

        _world.IsMended = true;
        await host.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop);
        gate.SetResult("late");

        Assert.Equal(2, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).IncidentCount);
        await host.EntryAsync(row.Key.InstanceId, e => e is CallSettled { Call.Status: MeteredCallStatus.Discarded }, Stop);
        await new StoredRunCheck(_store, host).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task A_reply_that_fits_nowhere_is_not_paid_twice()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(
            Doc.Activity("Test.Effect", "e", ("effect", Doc.Literal("words")), ("result", Doc.To("n"))), [Doc.Variable("n", "Int32", 0)]).Start(), Stop);
        Assert.Equal("ValueInvalid", Assert.Single(outcome.Incidents).Failure.Type);

        await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);

        Assert.Equal(2, (await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop)).IncidentCount);
        Assert.Equal(1, _world.CountOf("words"));
    }

    [Fact]
    public async Task A_message_whose_id_is_taken_faults_its_activity_and_spares_the_others()
    {
        await using var host = TestHost.Over(_store, _world);
        var gate = new TaskCompletionSource<string>();
        _world.On("slow", (_, token) => gate.Task.WaitAsync(token));
        await host.RunAsync(Doc.Of(Doc.Activity("Test.Say", "first", ("messageId", Doc.Literal("taken")))).Start(), Stop);

        var row = await host.Runtime.StartAsync(Doc.Of(
            Doc.Parallel("p", Effect("slow"), Doc.Activity("Test.Say", "second", ("messageId", Doc.Literal("taken"))), Doc.Activity("Test.Say", "third", ("messageId", Doc.Literal("free"))))).Start(), Stop);
        await host.EntryAsync(row.Key.InstanceId, e => e is ActivityFaulted, Stop);
        gate.SetResult("slow");

        Assert.Equal(InstanceSubStatus.Faulted, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        var incident = Assert.Single((await host.Runtime.GetOutcomeAsync(row.Key.InstanceId, cancellationToken: Stop)).Incidents);
        Assert.Equal(("second", "CommitRejected"), (incident.ActivityId, incident.Failure.Type));
        Assert.Equal(1, _world.CountOf("slow"));
        Assert.Equal((2, 1), (_world.Events.Count(e => e is { Kind: "said", Name: "taken" }), _world.Events.Count(e => e is { Kind: "said", Name: "free" })));
        Assert.Contains(await _store.ReadMessagesAsync(row.Key, null, 1, 10, Stop), m => m.Id == "free");
        await new StoredRunCheck(_store, host).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task A_retry_whose_activation_key_is_taken_is_refused()
    {
        await using var host = TestHost.Over(_store, _world);
        var faulted = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Fragile", "f"), Effect("e"))).Start() with { ActivationKey = "only-one" }, Stop);
        var running = await host.RunAsync(Doc.Of(Doc.Activity("Test.Ask", "ask")).Start() with { ActivationKey = "only-one" }, Stop);
        _world.IsMended = true;

        var exception = await Assert.ThrowsAsync<ConcurrencyConflictException>(() => host.Runtime.ContinueAsync(faulted.Row.Key.InstanceId, cancellationToken: Stop));
        Assert.Contains("activation key", exception.Message);
        Assert.Equal(InstanceSubStatus.Faulted, (await _store.FindAsync(faulted.Row.Key, Stop))!.SubStatus);

        await host.Runtime.CancelAsync(running.Row.Key.InstanceId, cancellationToken: Stop);
        await host.Runtime.WaitAsync(running.Row.Key.InstanceId, cancellationToken: Stop);
        await host.Runtime.ContinueAsync(faulted.Row.Key.InstanceId, cancellationToken: Stop);
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(faulted.Row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    [Fact]
    public async Task An_activation_key_or_an_id_that_is_taken_refuses_the_start()
    {
        await using var host = TestHost.Over(_store, _world);
        await host.RunAsync(Doc.Of(Doc.Activity("Test.Ask", "ask")).Start() with { ActivationKey = "only-one", InstanceId = "id" }, Stop);

        await Assert.ThrowsAsync<ConcurrencyConflictException>(() => host.Runtime.StartAsync(Doc.Of(Doc.Sequence()).Start() with { ActivationKey = "only-one" }, Stop));
        await Assert.ThrowsAsync<ConcurrencyConflictException>(() => host.Runtime.StartAsync(Doc.Of(Doc.Sequence()).Start() with { InstanceId = "id" }, Stop));
        Assert.Equal(InstanceSubStatus.Suspended, (await _store.FindAsync(new("", "id"), Stop))!.SubStatus);
    }

    [Fact]
    public async Task Nothing_that_could_ever_go_on_is_an_incident()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Effect("a"), Doc.Activity("Test.Stuck", "stuck"))).Start(), Stop);

        Assert.Equal(InstanceSubStatus.Suspended, outcome.Row.SubStatus);
        var incident = Assert.Single(outcome.Incidents);
        Assert.Equal(("stuck", "Deadlock"), (incident.ActivityId, incident.Failure.Type));
    }

    [Fact]
    public async Task A_deadlock_is_told_though_an_older_incident_was_mended()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Fragile", "f"), Doc.Activity("Test.Stuck", "stuck")), incidents: Continue).Start(), Stop);
        Assert.Equal(["Broken"], outcome.Incidents.Select(i => i.Failure.Type));

        _world.IsMended = true;
        await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);

        Assert.Equal(["Broken", "Deadlock"], (await host.Runtime.GetOutcomeAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop)).Incidents.Select(i => i.Failure.Type));
        Assert.Equal(ContinueResult.Waiting, await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop));
        Assert.Equal(2, (await _store.FindAsync(outcome.Row.Key, Stop))!.IncidentCount);
    }

    [Fact]
    public async Task A_burst_that_never_ends_is_stopped_and_goes_on_when_told()
    {
        await using var host = TestHost.Over(_store, _world, options: o => o.MaxBurstEntries = 3000);
        var outcome = await host.RunAsync(Doc.Of(Doc.Activity("Elsa.While", "while", ("condition", Doc.Literal(true)), ("body", Doc.Activity("Elsa.Start", "nothing")))).Start(), Stop);
        Assert.Equal((InstanceSubStatus.Faulted, "BurstEndless"), (outcome.Row.SubStatus, Assert.Single(outcome.Incidents).Failure.Type));
        Assert.InRange(outcome.Row.LastSequence, 3000, 4100);

        await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);

        var again = await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        Assert.Equal((InstanceSubStatus.Faulted, 2), (again.SubStatus, again.IncidentCount));
        await new StoredRunCheck(_store, host).CheckAsync(outcome.Row.Key, Stop);
    }

    [Fact]
    public async Task What_an_endless_burst_costs_until_it_is_stopped_is_bounded()
    {
        await using var host = TestHost.Over(_store, _world);

        var outcome = await host.RunAsync(Doc.Of(Doc.Activity("Elsa.While", "while", ("condition", Doc.Literal(true)), ("body", Doc.Activity("Elsa.Start", "nothing")))).Start(), Stop);

        Assert.Equal("BurstEndless", Assert.Single(outcome.Incidents).Failure.Type);
        Assert.InRange(outcome.Row.LastSequence, 500_000, 502_000);
        // Few commits, and no large ones: what is held until it is stored is about a thousand entries.
        Assert.InRange(outcome.Row.LastSequence / outcome.Row.Version, 900, 2000);
    }

    [Fact]
    public async Task A_turn_that_lands_while_an_endless_burst_is_stopped_is_kept()
    {
        await using var host = TestHost.Over(_store, _world, options: o => o.MaxBurstEntries = 3000);
        var gate = new TaskCompletionSource<string>();
        _world.On("turn", (_, _) => gate.Task);
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Parallel("both", Effect("turn"), Doc.Activity("Elsa.While", "while", ("condition", Doc.Literal(true))))).Start(), Stop);
        var id = row.Key.InstanceId;
        await host.EntryAsync(id, e => e is ActivityFaulted, Stop);
        gate.SetResult("paid");

        var outcome = await host.Runtime.WaitAsync(id, cancellationToken: Stop);
        Assert.Equal(InstanceSubStatus.Faulted, outcome.SubStatus);
        Assert.Equal(("paid", MeteredCallStatus.Settled), (Assert.Single(await _store.ReadMessagesAsync(row.Key, null, 1, 10, Stop)).Content, Assert.Single(await _store.ReadCallsAsync(row.Key, Stop)).Status));

        await host.Runtime.ContinueAsync(id, cancellationToken: Stop);
        Assert.Equal(2, (await host.Runtime.WaitAsync(id, cancellationToken: Stop)).IncidentCount);
        Assert.Equal(1, _world.CountOf("turn"));
        await new StoredRunCheck(_store, host).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task A_burst_commits_at_a_thousand_entries()
    {
        var watched = new CrashingStore(TestKit.Storage.StoreSeams.Of(_store));
        await using var host = TestHost.Over(watched, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Activity("Elsa.For", "for", ("end", Doc.Literal(999)), ("body", Doc.Activity("Elsa.Start", "nothing")))).Start(), Stop);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.All(watched.Stored, c => Assert.InRange(c.Entries.Count, 1, 1010));
        Assert.InRange(watched.Stored.Count, (int)outcome.Row.LastSequence / 1010, ((int)outcome.Row.LastSequence / 1000) + 3);
    }

    [Fact]
    public async Task Steps_of_a_leaf_without_effect_ride_with_it()
    {
        await using var host = TestHost.Over(_store, _world);
        var outcome = await host.RunAsync(Doc.Of(
            Doc.Sequence(Doc.Activity("Test.Steps", "steps", ("result", Doc.To("v"))), Doc.SetOutput("o", "x", Doc.Variable("v"))), [Doc.Variable("v", "Object")]).Start(), Stop);
        Assert.Equal("""{"x":3}""", outcome.Output.GetRawText());
    }

    [Fact]
    public async Task No_more_than_sixteen_leaves_are_at_work_and_the_others_have_not_started()
    {
        await using var host = TestHost.Over(_store, _world);
        var (entered, gate, most, now) = (new SemaphoreSlim(0), new TaskCompletionSource(), 0, 0);
        var effects = Enumerable.Range(0, 20).Select(n => $"e{n}").ToArray();
        foreach (var name in effects)
        {
            _world.On(name, async (_, token) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref now));
                entered.Release();
                await gate.Task.WaitAsync(token);
                Interlocked.Decrement(ref now);
                return name;
            });
        }

        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", [.. effects.Select(Effect)])).Start(), Stop);
        for (var n = 0; n < 16; n++)
            await entered.WaitAsync(Stop);

        var journal = await JournalCodec.ReadAsync(_store, row.Key, await _store.ReadJournalAsync(row.Key, 1, 1000, Stop), Stop);
        Assert.Equal(16, journal.OfType<ActivityStarted>().Count(s => s.ActivityId.StartsWith('e')));
        gate.SetResult();
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(16, most);
    }

    [Fact]
    public async Task Timers_of_a_faulted_run_wake_nobody_until_it_is_retried()
    {
        var time = new FakeTimeProvider();
        await using var host = TestHost.Over(_store, _world, time: time, options: o => o.DrivesAll = true);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Parallel("p",
            Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(3600))), Doc.Activity("Test.Fragile", "f")), Doc.WriteLine("z"))).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Faulted, outcome.Row.SubStatus);
        Assert.Empty(await _store.ReadDueTimersAsync(DateTimeOffset.MaxValue, 10, Stop));
        time.Advance(TimeSpan.FromHours(2));

        _world.IsMended = true;
        await host.Runtime.ContinueAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);

        await time.PassUntilAsync(host.EntryAsync(outcome.Row.Key.InstanceId, e => e is InstanceFinished { SubStatus: InstanceSubStatus.Finished }, Stop), TimeSpan.FromSeconds(1), Stop);
        Assert.Equal(["f", "z"], _world.Lines);
    }

    [Fact]
    public async Task A_cancel_gives_what_is_at_work_its_own_grace_whatever_was_cancelled_before()
    {
        var time = new FakeTimeProvider();
        await using var host = TestHost.Over(_store, _world, time: time, options: o => o.CancelGraceSeconds = 5);
        var (calledB, calledZ, end) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource<string>());
        // Neither heeds its cancellation.
        _world.On("a", async (_, _) =>
        {
            await calledB.Task;
            return "a";
        });
        _world.On("b", (_, _) =>
        {
            calledB.TrySetResult();
            return end.Task;
        });
        _world.On("z", (_, _) =>
        {
            calledZ.TrySetResult();
            return end.Task;
        });
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(
            Doc.Activity("Elsa.Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(Effect("a"), Effect("b")))), Effect("z"))).Start(), Stop);
        await calledZ.Task.WaitAsync(Stop);

        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(CancelResult.Requested, await host.Runtime.CancelAsync(row.Key.InstanceId, cancellationToken: Stop));
        // The grace of b ends; that of z has four seconds left.
        time.Advance(TimeSpan.FromSeconds(1));
        // Answered after what came before it, and what follows from that, is committed.
        await host.Runtime.CancelAsync(row.Key.InstanceId, cancellationToken: Stop);
        Assert.Equal(InstanceStatus.Running, (await _store.FindAsync(row.Key, Stop))!.Status);

        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(InstanceSubStatus.Cancelled, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        end.SetResult("late");
    }

    [Fact]
    public void Failures_are_not_remembered_without_bound()
    {
        const int Most = 10_000;
        var feed = new LiveFeed();
        for (var n = 0; n <= Most; n++)
            feed.End(new("", $"{n}"), new InvalidOperationException($"{n}"));

        Assert.Null(feed.FailureOf(new("", "0")));
        Assert.All([1, Most], n => Assert.Equal($"{n}", feed.FailureOf(new("", $"{n}"))?.Message));
    }

    private void Break(string name) => _world.On(name, (_, _) => _world.IsMended
        ? Task.FromResult(name)
        : throw new FailureException(new() { Type = "Broken", Message = "It is broken." }));

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));
}
