using System.Text;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>A store that is away for a while, for good, or damaged.</summary>
public sealed class StoreFailureTests
{
    private readonly InMemoryStore _store = new();
    private readonly World _world = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_comes_back_costs_nothing_but_time()
    {
        var failing = new CrashingStore(StoreSeams.Of(_store), n => n is >= 3 and <= 6 ? CommitMishap.Unavailable : null);
        await using var host = TestHost.Over(failing, _world, time: _time);
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("a"), Effect("b"))).Start(), Stop);

        var waiting = host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop);
        await _time.PassUntilAsync(waiting, TimeSpan.FromSeconds(1), Stop);

        Assert.Equal(InstanceSubStatus.Finished, (await waiting).SubStatus);
        Assert.Equal((1, 1), (_world.CountOf("a"), _world.CountOf("b")));
        await new StoredRunCheck(_store, host).CheckAsync(row.Key, Stop);
    }

    [Fact]
    public async Task A_store_that_stays_away_is_told_to_whoever_waits_and_another_process_goes_on()
    {
        InstanceKey key;
        var failing = new CrashingStore(StoreSeams.Of(_store), n => n >= 3 ? CommitMishap.Unavailable : null);
        await using (var host = TestHost.Over(failing, _world, Owners.Dead(1), _time))
        {
            var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("a"), Effect("b"))).Start(), Stop);
            key = row.Key;
            var waiting = host.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop);
            var exception = await Assert.ThrowsAsync<StoreUnavailableException>(() => _time.PassUntilAsync(waiting, TimeSpan.FromSeconds(1), Stop));
            Assert.Contains("disk is full", exception.Message);
        }

        await using var next = TestHost.Over(_store, _world, Owners.Dead(2), _time);
        Assert.Equal(ContinueResult.Continued, await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await next.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.InRange(_world.CountOf("a"), 1, 2);
        Assert.Equal(1, _world.CountOf("b"));
    }

    [Fact]
    public async Task The_same_process_goes_on_when_the_store_is_back()
    {
        var isAway = true;
        var failing = new CrashingStore(StoreSeams.Of(_store), n => n >= 3 && isAway ? CommitMishap.Unavailable : null);
        await using var host = TestHost.Over(failing, _world, time: _time);
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("a"), Effect("b"))).Start(), Stop);
        var waiting = host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _time.PassUntilAsync(waiting, TimeSpan.FromSeconds(1), Stop));

        isAway = false;

        Assert.Equal(ContinueResult.Continued, await host.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    [Theory]
    [InlineData(CommitMishap.Unavailable)]
    [InlineData(CommitMishap.CommitLost)]
    public async Task An_answer_that_cannot_be_stored_is_refused_and_may_be_given_again(CommitMishap mishap)
    {
        var isAway = false;
        var failing = new CrashingStore(StoreSeams.Of(_store), _ => isAway ? mishap : null);
        await using var host = TestHost.Over(failing, _world, time: _time);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Ask", "ask"), Effect("a"))).Start(), Stop);
        var bookmark = Assert.Single(await _store.ReadBookmarksAsync(outcome.Row.Key, Stop));
        isAway = true;

        var answers = Enumerable.Range(0, 3).Select(_ => host.Runtime.ResumeAsync(new(bookmark.Id), Stop)).ToList();
        foreach (var answer in answers)
            await Assert.ThrowsAsync<StoreUnavailableException>(() => _time.PassUntilAsync(answer, TimeSpan.FromSeconds(1), Stop));
        isAway = false;

        Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(bookmark.Id), Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(1, _world.CountOf("a"));
    }

    [Fact]
    public async Task A_start_that_cannot_be_stored_is_refused_and_may_be_made_again()
    {
        var isAway = true;
        var failing = new CrashingStore(StoreSeams.Of(_store), _ => isAway ? CommitMishap.Unavailable : null);
        await using var host = TestHost.Over(failing, _world, time: _time);
        var request = Doc.Of(Effect("a")).Start() with { InstanceId = "id" };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _time.PassUntilAsync(host.Runtime.StartAsync(request, Stop), TimeSpan.FromSeconds(1), Stop));

        isAway = false;

        await host.Runtime.StartAsync(request, Stop);
        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync("id", cancellationToken: Stop)).SubStatus);
    }

    [Fact]
    public async Task A_stop_in_the_middle_answers_whoever_asks_and_another_process_goes_on()
    {
        var gate = new TaskCompletionSource<string>();
        _world.On("slow", (_, token) => gate.Task.WaitAsync(token));
        InstanceKey key;
        await using (var host = TestHost.Over(_store, _world, Owners.Dead(1)))
        {
            var row = await host.Runtime.StartAsync(Doc.Of(Doc.Sequence(Effect("slow"), Doc.WriteLine("z"))).Start(), Stop);
            key = row.Key;
            await host.EntryAsync(key.InstanceId, e => e is ActivityStarted { ActivityId: "slow" }, Stop);
        }

        Assert.Null(await _store.FindLeaseAsync(key, Stop));
        gate.SetResult("slow");
        await using var next = TestHost.Over(_store, _world, Owners.Dead(2));
        await next.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop);
        Assert.Equal(InstanceSubStatus.Finished, (await next.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("snapshot-empty")]
    [InlineData("entry")]
    [InlineData("entry-order")]
    [InlineData("payload")]
    [InlineData("document")]
    public async Task What_is_damaged_stops_its_own_run_with_a_clear_word_and_no_other(string part)
    {
        var damaged = new DamagedStore(_store, part);
        var text = new string('x', 100_000);
        var document = Doc.Of(Doc.Sequence(Doc.Set("set", "v", Doc.Literal(text)), Doc.Activity("Test.Ask", "ask"), Effect("a")), [Doc.Variable("v", "Object")], id: "hurt");
        InstanceKey hurt, well;
        await using (var host = TestHost.Over(_store, _world))
        {
            hurt = (await host.RunAsync(document.Start(), Stop)).Row.Key;
            well = (await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Activity("Test.Ask", "ask"), Effect("b")), id: "well").Start(), Stop)).Row.Key;
        }

        damaged.Hurt = hurt;
        await using var next = new TestHost(_world, services => damaged.Register(services), o => o.DrivesAll = true);
        await Assert.ThrowsAsync<StoreCorruptException>(() => next.Runtime.GetOutcomeAsync(hurt.InstanceId, cancellationToken: Stop));
        await Assert.ThrowsAsync<StoreCorruptException>(() => next.Runtime.ContinueAsync(hurt.InstanceId, cancellationToken: Stop));
        var bookmark = Assert.Single(await _store.ReadBookmarksAsync(hurt, Stop));
        await Assert.ThrowsAsync<StoreCorruptException>(() => next.Runtime.ResumeAsync(new(bookmark.Id), Stop));

        Assert.Equal(ResumeResult.Accepted, await next.Runtime.ResumeAsync(new(Assert.Single(await _store.ReadBookmarksAsync(well, Stop)).Id), Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await next.Runtime.WaitAsync(well.InstanceId, cancellationToken: Stop)).SubStatus);
    }

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));

    /// <summary>Gives one instance's data back damaged.</summary>
    private sealed class DamagedStore(InMemoryStore store, string part) : IInstanceStore, IDefinitionStore
    {
        public InstanceKey Hurt { get; set; }

        public void Register(IServiceCollection services)
        {
            services.AddSingleton<IInstanceStore>(this);
            services.AddSingleton<IDefinitionStore>(this);
            services.AddSingleton<IInstanceQueries>(store);
            services.AddSingleton<IWorkQueue>(store);
        }

        public Task<CommitResult> CreateAsync(InstanceCommit commit, CancellationToken cancellationToken) => store.CreateAsync(commit, cancellationToken);

        public Task<CommitResult> CommitAsync(InstanceCommit commit, CancellationToken cancellationToken) => store.CommitAsync(commit, cancellationToken);

        public async Task<StoredInstance?> LoadAsync(InstanceKey key, CancellationToken cancellationToken)
        {
            var stored = await store.LoadAsync(key, cancellationToken);
            if (stored is null || key != Hurt)
                return stored;

            var entries = await store.ReadJournalAsync(key, 1, 1000, cancellationToken);
            return part switch
            {
                "snapshot" => stored with { Snapshot = Encoding.UTF8.GetBytes("""{"format":1,"sequence":"many"}""") },
                "snapshot-empty" => stored with { Snapshot = Array.Empty<byte>() },
                "entry" => stored with { Snapshot = null, Tail = [.. entries.Select(e => e.Sequence == 3 ? e with { Data = "{\"t\":"u8.ToArray() } : e)] },
                "entry-order" => stored with { Snapshot = null, Tail = [.. entries.Skip(1)] },
                _ => stored,
            };
        }

        public async Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(InstanceKey key, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
        {
            var payloads = await store.ReadPayloadsAsync(key, hashes, cancellationToken);
            return part == "payload" && key == Hurt ? payloads.ToDictionary(p => p.Key, _ => (ReadOnlyMemory<byte>)"{\"torn"u8.ToArray()) : payloads;
        }

        public Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken) => store.PutAsync(tenantId, document, cancellationToken);

        public async Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken)
        {
            var document = await store.FindAsync(tenantId, hash, cancellationToken);
            return part == "document" && document is { } found && Encoding.UTF8.GetString(found.Span).Contains("hurt") ? "{\"root\":"u8.ToArray() : document;
        }
    }
}
