using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

/// <summary>Several processes on one file: each store here has connections and a writer of its own, as a process would have.</summary>
public sealed class SharedFileTests : IAsyncLifetime
{
    private readonly TemporaryDatabase _database = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_locked_database_fails_clearly_after_the_busy_timeout_and_later_works()
    {
        var store = _database.Open(options => options.BusyTimeout = TimeSpan.FromMilliseconds(200));
        using var other = _database.Connect();
        other.Run("BEGIN IMMEDIATE");

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CreateAsync(Commits.First("one"), Stop));

        Assert.Contains("Another process", error.Message);
        Assert.Contains("0.2 s", error.Message);
        Assert.Null(await store.FindAsync(new InstanceKey("", "one"), Stop));
        other.Run("ROLLBACK");
        Assert.IsType<CommitResult.Committed>(await store.CreateAsync(Commits.First("one"), Stop));
    }

    [Fact]
    public async Task A_commit_waits_while_another_process_writes()
    {
        var store = _database.Open();
        using var other = _database.Connect();
        other.Run("BEGIN IMMEDIATE");
        other.Run("DELETE FROM outbox");

        var creation = store.CreateAsync(Commits.First("one"), Stop);
        Assert.Null(await store.FindAsync(new InstanceKey("", "one"), Stop));
        Assert.False(creation.IsCompleted);
        other.Run("COMMIT");

        Assert.IsType<CommitResult.Committed>(await creation);
    }

    [Fact]
    public async Task Of_the_committers_of_one_version_in_two_processes_exactly_one_is_committed()
    {
        SqliteStore[] stores = [_database.Open(), _database.Open()];
        var first = Commits.First("one");
        await stores[0].CreateAsync(first, Stop);

        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => stores[i % 2].CommitAsync(Commits.Next(first.Row), Stop))));

        Assert.Single(results, result => result is CommitResult.Committed);
        Assert.Equal(15, results.Count(result => result is CommitResult.VersionConflict));
    }

    [Fact]
    public async Task Of_the_creators_with_one_activation_key_in_two_processes_exactly_one_is_committed()
    {
        SqliteStore[] stores = [_database.Open(), _database.Open()];
        for (var round = 0; round < 25; round++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
                () => stores[i % 2].CreateAsync(Commits.First($"instance-{round}-{i}", change: row => row with { ActivationKey = $"key-{round}" }), Stop))));

            Assert.Single(results, result => result is CommitResult.Committed);
            Assert.Equal(7, results.Count(result => result is CommitResult.Rejected { Key: "activation" }));
        }
    }

    [Fact]
    public async Task Two_processes_commit_at_the_same_time()
    {
        SqliteStore[] stores = [_database.Open(), _database.Open()];

        await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(
            async () =>
            {
                var commit = Commits.First($"instance-{i}");
                Assert.IsType<CommitResult.Committed>(await stores[i % 2].CreateAsync(commit, Stop));
                for (var n = 0; n < 5; n++)
                {
                    commit = Commits.Next(commit.Row);
                    Assert.IsType<CommitResult.Committed>(await stores[(i + n) % 2].CommitAsync(commit, Stop));
                }
            },
            Stop)));

        Assert.All(await stores[0].ListAsync(new InstanceFilter(), Stop), row => Assert.Equal(6, row.Version));
        Assert.Equal(32, (await stores[1].ListAsync(new InstanceFilter(), Stop)).Count);
    }

    [Fact]
    public async Task What_one_process_commits_the_other_reads_at_once()
    {
        var (writing, reading) = (_database.Open(), _database.Open());
        var commit = Commits.First("one");
        Assert.Null(await reading.FindAsync(commit.Row.Key, Stop));

        await writing.CreateAsync(commit, Stop);

        Assert.Equal(commit.Row, await reading.FindAsync(commit.Row.Key, Stop));
    }

    [Fact]
    public async Task Many_open_the_same_new_file_at_the_same_time()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var database = new TemporaryDatabase();
            var options = database.Options;
            using var start = new Barrier(8);

            var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Stop);
                    return SqliteStore.Open(options);
                },
                Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            var results = await Task.WhenAll(stores.Select((store, i) => store.CreateAsync(Commits.First($"instance-{i}"), Stop)));
            Assert.All(results, result => Assert.IsType<CommitResult.Committed>(result));
            Array.ForEach(stores, store => store.Dispose());
        }
    }

    [Fact]
    public async Task A_read_is_not_disturbed_by_a_long_write()
    {
        var store = _database.Open();
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        using var other = _database.Connect();
        other.Run("BEGIN IMMEDIATE");
        other.Run("DELETE FROM instances");

        Assert.Equal(first.Row, (await store.LoadAsync(first.Row.Key, Stop))!.Row);
        other.Run("ROLLBACK");
    }
}
