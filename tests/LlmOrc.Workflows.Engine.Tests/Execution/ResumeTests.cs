using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>Answers to bookmarks: from here, from another process, many at once, repeated, too late.</summary>
public sealed class ResumeTests
{
    private static readonly ReadOnlyMemory<byte> Question = Doc.Of(
        Doc.Sequence(Doc.Activity("Test.Ask", "ask", ("result", Doc.To("v"))), Effect("after"), Doc.SetOutput("o", "answer", Doc.Variable("v"))), [Doc.Variable("v", "Object")]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_fifty_answers_at_once_one_counts()
    {
        await using var host = new TestHost();
        for (var round = 0; round < 20; round++)
        {
            var (id, bookmark) = await AskAsync(host);
            var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() => host.Runtime.ResumeAsync(new(bookmark, Values.From(n)), Stop), Stop)));
            await AssertOneCountsAsync(host, id, results);
        }
    }

    [Fact]
    public async Task Of_fifty_answers_to_two_processes_one_counts()
    {
        var store = new InMemoryStore();
        await using var one = Process(store, 1);
        await using var two = Process(store, 2);
        for (var round = 0; round < 5; round++)
        {
            var (id, bookmark) = await AskAsync(one);
            var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() => (n % 2 == 0 ? one : two).Runtime.ResumeAsync(new(bookmark, Values.From(n)), Stop), Stop)));
            await AssertOneCountsAsync(one, id, results);
            await InboxIsEmptyAsync(store, new("", id));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_comes_when_its_owner_has_let_go_does_not_wait_for_ever(bool isFirst)
    {
        var store = new InMemoryStore();
        var gate = new TaskCompletionSource<string>();
        await using var one = Process(store, 1);
        one.World.On("slow", (_, token) => gate.Task.WaitAsync(token));
        var row = await one.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", Doc.Activity("Test.Ask", "ask"), Effect("slow"))).Start(), Stop);
        await one.EntryAsync(row.Key.InstanceId, e => e is ActivitySuspended, Stop);
        var bookmark = Assert.Single(await store.ReadBookmarksAsync(row.Key, Stop));
        // Between the look of the second process, which finds an owner, and its stimulus the owner comes to rest, and is gone.
        var queue = new LateQueue(store, async () =>
        {
            if (!isFirst)
                await one.Runtime.ResumeAsync(new(bookmark.Id, Values.From("other")), Stop);
            gate.SetResult("done");
            await one.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop);
            await one.DisposeAsync();
        });
        await using var two = new TestHost(
            configure: services => services.AddSingleton(Owners.Elsewhere(2)).AddSingleton<IInstanceStore>(store).AddSingleton<IInstanceQueries>(store)
                .AddSingleton<IDefinitionStore>(store).AddSingleton<IWorkQueue>(queue),
            options: o => o.WatchPollMilliseconds = 10);

        var result = await two.Runtime.ResumeAsync(new(bookmark.Id, Values.From("mine")), Stop);

        Assert.Equal(isFirst ? ResumeResult.Accepted : ResumeResult.AlreadyAnswered, result);
        Assert.Equal(InstanceSubStatus.Finished, (await two.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        await InboxIsEmptyAsync(store, row.Key);
    }

    [Fact]
    public async Task The_same_answer_again_is_accepted_again_and_another_one_is_late()
    {
        await using var host = new TestHost();
        var (id, bookmark) = await AskAsync(host);

        Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmark, Values.From("yes"), "key"), Stop));
        Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmark, Values.From("yes"), "key"), Stop));
        Assert.Equal(ResumeResult.AlreadyAnswered, await host.Runtime.ResumeAsync(new(bookmark, Values.From("no"), "other"), Stop));
        Assert.Equal(ResumeResult.NotFound, await host.Runtime.ResumeAsync(new("unknown"), Stop));
        await host.Runtime.WaitAsync(id, cancellationToken: Stop);
        Assert.Equal(1, host.World.CountOf("after"));
    }

    [Fact]
    public async Task A_bookmark_that_the_run_went_on_without_is_gone()
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Activity("Elsa.Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(
            Doc.Activity("Test.Ask", "one"), Doc.Activity("Test.Ask", "two"))))).Start(), Stop);
        var bookmarks = await host.Queries.ReadBookmarksAsync(outcome.Row.Key, Stop);

        Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmarks[1].Id), Stop));
        Assert.Equal(ResumeResult.Gone, await host.Runtime.ResumeAsync(new(bookmarks[0].Id), Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    [Fact]
    public async Task One_key_for_two_bookmarks_answers_one_of_them_and_the_run_lives_on()
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Parallel("p", Doc.Activity("Test.Ask", "one"), Doc.Activity("Test.Ask", "two"))).Start(), Stop);
        var (id, bookmarks) = (outcome.Row.Key.InstanceId, await host.Queries.ReadBookmarksAsync(outcome.Row.Key, Stop));

        Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmarks[0].Id, StimulusId: "key"), Stop));
        await host.Runtime.WaitAsync(id, cancellationToken: Stop);
        Assert.Equal(ResumeResult.AlreadyAnswered, await host.Runtime.ResumeAsync(new(bookmarks[1].Id, StimulusId: "key"), Stop));
        Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmarks[1].Id, StimulusId: "other"), Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(id, cancellationToken: Stop)).SubStatus);
    }

    [Fact]
    public async Task Another_process_is_answered_by_the_owner_through_the_inbox()
    {
        var store = new InMemoryStore();
        var gate = new TaskCompletionSource<string>();
        await using var one = Process(store, 1);
        await using var two = Process(store, 2);
        one.World.On("slow", (_, token) => gate.Task.WaitAsync(token));
        var row = await one.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", Doc.Activity("Test.Ask", "ask"), Effect("slow"))).Start(), Stop);
        var id = row.Key.InstanceId;
        await one.EntryAsync(id, e => e is ActivitySuspended, Stop);

        Assert.Equal(ContinueResult.OwnedElsewhere, await two.Runtime.ContinueAsync(id, cancellationToken: Stop));
        var bookmark = Assert.Single(await two.Queries.ReadBookmarksAsync(row.Key, Stop));
        Assert.Equal(ResumeResult.Accepted, await two.Runtime.ResumeAsync(new(bookmark.Id, Values.From("x")), Stop));
        Assert.Equal(ResumeResult.AlreadyAnswered, await two.Runtime.ResumeAsync(new(bookmark.Id, Values.From("y")), Stop));

        gate.SetResult("done");
        Assert.Equal(InstanceSubStatus.Finished, (await two.Runtime.WaitAsync(id, cancellationToken: Stop)).SubStatus);
        Assert.Equal(0, two.World.CountOf("slow"));
    }

    [Fact]
    public async Task Another_process_cancels_through_the_inbox()
    {
        var store = new InMemoryStore();
        await using var one = Process(store, 1);
        await using var two = Process(store, 2);
        one.World.On("slow", async (_, token) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(token);
            return "";
        });
        var row = await one.Runtime.StartAsync(Doc.Of(Effect("slow")).Start(), Stop);
        await one.EntryAsync(row.Key.InstanceId, e => e is ActivityStarted { ActivityId: "slow" }, Stop);

        Assert.Equal(CancelResult.Requested, await two.Runtime.CancelAsync(row.Key.InstanceId, "enough", cancellationToken: Stop));

        Assert.Equal(InstanceSubStatus.Cancelled, (await two.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Empty(await store.ReadInboxAsync(row.Key, 10, Stop));
    }

    [Fact]
    public async Task What_waits_in_the_inbox_is_found_when_the_run_is_taken_up()
    {
        var store = new InMemoryStore();
        string id, bookmark;
        await using (var one = Process(store, 1))
            (id, bookmark) = await AskAsync(one);
        await store.EnqueueAsync(Stimuli.Resume(new("", id), bookmark, Values.From("early"), "s1", TimeProvider.System.GetUtcNow()), Stop);

        await using var two = Process(store, 2);
        await two.Runtime.ContinueAsync(id, cancellationToken: Stop);

        await two.Runtime.WaitAsync(id, cancellationToken: Stop);
        Assert.Equal("""{"answer":"early"}""", (await two.Runtime.GetOutcomeAsync(id, cancellationToken: Stop)).Output.GetRawText());
    }

    [Fact]
    public async Task Stimuli_that_come_to_nothing_do_not_hide_the_one_behind_them()
    {
        var store = new InMemoryStore();
        await using var host = Process(store, 1);
        var (id, _) = await AskAsync(host);
        var key = new InstanceKey("", id);
        for (var n = 0; n < 250; n++)
            await store.EnqueueAsync(Stimuli.Resume(key, "nobody's", Values.Null, $"s{n}", TimeProvider.System.GetUtcNow()), Stop);
        await store.EnqueueAsync(Stimuli.Cancel(key, "enough", TimeProvider.System.GetUtcNow()), Stop);

        await host.Runtime.ContinueAsync(id, cancellationToken: Stop);

        await host.EntryAsync(id, e => e is InstanceFinished { SubStatus: InstanceSubStatus.Cancelled }, Stop);
        Assert.Empty(await store.ReadInboxAsync(key, 10, Stop));
    }

    [Fact]
    public async Task A_damaged_stimulus_of_one_run_stops_nobody_else()
    {
        var store = new InMemoryStore();
        var gate = new TaskCompletionSource<string>();
        await using var one = Process(store, 1);
        await using var two = Process(store, 2);
        one.World.On("slow", (_, token) => gate.Task.WaitAsync(token));
        var damaged = await one.Runtime.StartAsync(Doc.Of(Effect("slow")).Start(), Stop);
        await store.EnqueueAsync(new("bad", damaged.Key, "resume", "{"u8.ToArray(), TimeProvider.System.GetUtcNow()), Stop);
        var other = await one.Runtime.StartAsync(Doc.Of(Doc.Parallel("p", Effect("slow"), Doc.Activity("Test.Ask", "ask"))).Start(), Stop);
        await one.EntryAsync(other.Key.InstanceId, e => e is ActivitySuspended, Stop);

        var bookmark = Assert.Single(await two.Queries.ReadBookmarksAsync(other.Key, Stop));
        Assert.Equal(ResumeResult.Accepted, await two.Runtime.ResumeAsync(new(bookmark.Id), Stop));

        gate.SetResult("done");
        Assert.Equal(InstanceSubStatus.Finished, (await one.Runtime.WaitAsync(other.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(InstanceSubStatus.Finished, (await one.Runtime.WaitAsync(damaged.Key.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    private static async Task AssertOneCountsAsync(TestHost host, string id, ResumeResult[] results)
    {
        Assert.Equal(1, results.Count(r => r == ResumeResult.Accepted));
        Assert.Equal(results.Length - 1, results.Count(r => r == ResumeResult.AlreadyAnswered));
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(id, cancellationToken: Stop)).SubStatus);
        Assert.Single(await host.JournalAsync(id, Stop), e => e is ActivityResumed);
    }

    private static async Task<(string Id, string Bookmark)> AskAsync(TestHost host)
    {
        var outcome = await host.RunAsync(Question.Start(), Stop);
        return (outcome.Row.Key.InstanceId, Assert.Single(await host.Queries.ReadBookmarksAsync(outcome.Row.Key, Stop)).Id);
    }

    // Late answers are taken out by whoever drives the run, beside its entries: there is nothing else to wait for.
    private static async Task InboxIsEmptyAsync(InMemoryStore store, InstanceKey key)
    {
        var began = TimeProvider.System.GetTimestamp();
        while ((await store.ReadInboxAsync(key, 1, Stop)).Count > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), "A stimulus waits for ever.");
            await Task.Yield();
        }
    }

    private static TestHost Process(InMemoryStore store, int number) => TestHost.Over(store, owner: Owners.Elsewhere(number), options: o => o.WatchPollMilliseconds = 10);

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));

    /// <summary>A queue before which something happens, once.</summary>
    private sealed class LateQueue(IWorkQueue queue, Func<Task> before) : IWorkQueue
    {
        private bool _isLate;

        public async Task<bool> EnqueueAsync(InboxRow stimulus, CancellationToken cancellationToken)
        {
            if (!_isLate)
            {
                _isLate = true;
                await before();
            }

            return await queue.EnqueueAsync(stimulus, cancellationToken);
        }

        public Task<Lease?> TryAcquireLeaseAsync(InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
            queue.TryAcquireLeaseAsync(key, owner, now, expiresAt, cancellationToken);

        public Task<Lease?> TakeOverLeaseAsync(InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
            queue.TakeOverLeaseAsync(key, dead, owner, expiresAt, cancellationToken);

        public Task ReleaseLeaseAsync(InstanceKey key, Owner owner, CancellationToken cancellationToken) => queue.ReleaseLeaseAsync(key, owner, cancellationToken);

        public Task<Lease?> FindLeaseAsync(InstanceKey key, CancellationToken cancellationToken) => queue.FindLeaseAsync(key, cancellationToken);

        public Task<IReadOnlyList<(InstanceRow Row, Lease? Lease)>> ListExecutingAsync(string tenantId, int limit, CancellationToken cancellationToken) =>
            queue.ListExecutingAsync(tenantId, limit, cancellationToken);

        public Task<IReadOnlyList<(InstanceKey Instance, TimerRow Timer)>> ReadDueTimersAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
            queue.ReadDueTimersAsync(now, limit, cancellationToken);

        public Task<IReadOnlyList<InboxRow>> ReadInboxAsync(InstanceKey key, int limit, CancellationToken cancellationToken) => queue.ReadInboxAsync(key, limit, cancellationToken);

        public Task<IReadOnlyList<(InstanceKey Instance, OutboxRow Row)>> ReadOutboxAsync(int limit, CancellationToken cancellationToken) => queue.ReadOutboxAsync(limit, cancellationToken);

        public Task CompleteOutboxAsync(InstanceKey instance, string outboxId, CancellationToken cancellationToken) => queue.CompleteOutboxAsync(instance, outboxId, cancellationToken);
    }
}
