using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>What a watcher sees: entries complete and in order, the text of turns in flight in between.</summary>
public sealed class WatchTests
{
    private readonly InMemoryStore _store = new();
    private readonly World _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_come_between_the_start_and_the_end_of_their_turn()
    {
        await using var host = TestHost.Over(_store, _world);
        // Tokens are told while the turn is in flight; those of one that is over are in the journal.
        var (ready, heard) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.On("talk", async (context, token) =>
        {
            context.Report("Hel");
            context.Report("lo");
            await heard.Task.WaitAsync(token);
            return "Hello";
        });
        _world.On("wait", async (_, token) =>
        {
            await ready.Task.WaitAsync(token);
            return "";
        });
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("wait"), Effect("talk"))).Start(), Stop);

        var events = new List<InstanceEvent>();
        await foreach (var one in host.Runtime.WatchAsync(row.Key.InstanceId, cancellationToken: Stop))
        {
            events.Add(one);
            if (one is InstanceEvent.Committed { Entry: ActivityStarted { ActivityId: "wait" } })
                ready.SetResult();
            if (one is InstanceEvent.Token { Text: "lo" })
                heard.SetResult();
        }

        var entries = events.OfType<InstanceEvent.Committed>().Select(c => c.Entry).ToList();
        Assert.Equal(Enumerable.Range(1, entries.Count).Select(n => (long)n), entries.Select(e => e.Sequence));
        Assert.IsType<InstanceFinished>(entries[^1]);
        var tokens = events.OfType<InstanceEvent.Token>().ToList();
        Assert.Equal("Hello", string.Concat(tokens.OrderBy(t => t.Offset).Select(t => t.Text)));
        var (start, first) = (events.FindIndex(e => e is InstanceEvent.Committed { Entry: ActivityStarted { ActivityId: "talk" } }), events.FindIndex(e => e is InstanceEvent.Token));
        Assert.True(start >= 0 && start < first, "The turn talks before it has started.");
    }

    [Fact]
    public async Task A_late_watcher_is_told_what_was_said_so_far()
    {
        await using var host = TestHost.Over(_store, _world);
        var (said, gate) = (new TaskCompletionSource(), new TaskCompletionSource<string>());
        _world.On("talk", async (context, token) =>
        {
            context.Report("Once upon ");
            context.Report("a time");
            said.SetResult();
            return await gate.Task.WaitAsync(token);
        });
        var row = await host.Runtime.StartAsync(Doc.Of(Effect("talk")).Start(), Stop);
        await said.Task.WaitAsync(Stop);

        await foreach (var one in host.Runtime.WatchAsync(row.Key.InstanceId, cancellationToken: Stop))
        {
            if (one is InstanceEvent.Token token)
            {
                Assert.Equal((1, 0, "Once upon a time"), (token.Attempt, token.Offset, token.Text));
                gate.TrySetResult("done");
            }
        }

        Assert.True(gate.Task.IsCompleted);
    }

    [Fact]
    public async Task Another_attempt_that_talks_says_that_it_begins_anew()
    {
        await using var host = TestHost.Over(_store, _world);
        var heard = new TaskCompletionSource();
        _world.On("talk", async (context, token) =>
        {
            context.Report($"attempt {context.Attempt}");
            if (!_world.IsMended)
                throw new FailureException(new() { Type = "Broken", Message = "It is broken." });

            await heard.Task.WaitAsync(token);
            return "ok";
        });
        var row = await host.Runtime.StartAsync(Doc.Of(Effect("talk")).Start(), Stop);
        await host.EntryAsync(row.Key.InstanceId, e => e is InstanceFinished, Stop);
        _world.IsMended = true;
        var events = new List<InstanceEvent>();
        await foreach (var one in host.Runtime.WatchAsync(row.Key.InstanceId, untilRest: false, cancellationToken: Stop))
        {
            events.Add(one);
            if (one is InstanceEvent.Committed { Entry: InstanceFinished { SubStatus: InstanceSubStatus.Faulted } })
                await host.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop);
            if (one is InstanceEvent.Token { Attempt: 2 })
                heard.TrySetResult();
            if (one is InstanceEvent.Committed { Entry: InstanceFinished { SubStatus: InstanceSubStatus.Finished } })
                break;
        }

        var restarted = events.FindIndex(e => e is InstanceEvent.Restarted { Attempt: 2 });
        Assert.InRange(restarted, 0, events.FindIndex(e => e is InstanceEvent.Token { Attempt: 2 }) - 1);
    }

    [Fact]
    public async Task One_can_watch_from_an_entry_on_and_from_another_process()
    {
        var gate = new TaskCompletionSource<string>();
        await using var one = TestHost.Over(_store, _world, Owners.Elsewhere(1));
        await using var two = TestHost.Over(_store, owner: Owners.Elsewhere(2), options: o => o.WatchPollMilliseconds = 10);
        _world.On("slow", (_, token) => gate.Task.WaitAsync(token));
        var row = await one.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("slow"), Doc.WriteLine("z"))).Start(), Stop);

        var seen = new List<long>();
        await foreach (var @event in two.Runtime.WatchAsync(row.Key.InstanceId, fromSequence: 3, cancellationToken: Stop))
        {
            seen.Add(((InstanceEvent.Committed)@event).Entry.Sequence);
            gate.TrySetResult("done");
        }

        var last = (await _store.FindAsync(row.Key, Stop))!.LastSequence;
        Assert.Equal(Enumerable.Range(3, (int)last - 2).Select(n => (long)n), seen);
    }

    [Fact]
    public async Task Who_watches_or_waits_for_what_is_not_there_is_told()
    {
        await using var host = TestHost.Over(_store, _world);
        await Assert.ThrowsAsync<InstanceNotFoundException>(() => host.Runtime.WaitAsync("nobody", cancellationToken: Stop));
        await Assert.ThrowsAsync<InstanceNotFoundException>(() => host.JournalAsync("nobody", Stop));
        await Assert.ThrowsAsync<InstanceNotFoundException>(() => host.Runtime.ContinueAsync("nobody", cancellationToken: Stop));
        await Assert.ThrowsAsync<InstanceNotFoundException>(() => host.Runtime.CancelAsync("nobody", cancellationToken: Stop));
        await Assert.ThrowsAsync<InstanceNotFoundException>(() => host.Runtime.GetOutcomeAsync("nobody", cancellationToken: Stop));
    }

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));
}
