using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

/// <summary>Several processes on one database: each store here has connections of its own, as a process would have.</summary>
public sealed class SharedDatabaseTests(PostgresServer server) : PostgresTest(server)
{
    [Fact]
    public async Task Of_two_who_commit_the_same_version_one_is_committed_and_one_conflicts()
    {
        PostgresStore[] stores = [Open(), Open()];
        var row = Commits.First("one").Row;
        await stores[0].CreateAsync(Commits.First("one", change: _ => row), Stop);
        for (var round = 0; round < 20; round++)
        {
            var commits = stores.Select(_ => Commits.Next(row)).ToArray();
            var results = await Task.WhenAll(stores.Select((store, i) => Task.Run(() => store.CommitAsync(commits[i], Stop))));

            Assert.Single(results, result => result is CommitResult.Committed);
            Assert.Single(results, result => result is CommitResult.VersionConflict);
            row = commits[Array.FindIndex(results, result => result is CommitResult.Committed)].Row;
            Assert.Equal(row, await stores[round % 2].FindAsync(row.Key, Stop));
        }
    }

    [Fact]
    public async Task Of_the_creators_with_one_activation_key_in_two_processes_exactly_one_is_committed()
    {
        PostgresStore[] stores = [Open(), Open()];
        for (var round = 0; round < 10; round++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
                () => stores[i % 2].CreateAsync(Commits.First($"instance-{round}-{i}", change: row => row with { ActivationKey = $"key-{round}" }), Stop))));

            Assert.Single(results, result => result is CommitResult.Committed);
            Assert.Equal(7, results.Count(result => result is CommitResult.Rejected { Key: "activation" }));
        }
    }

    [Fact]
    public async Task Who_creates_what_another_creates_is_told_of_the_instance_and_not_of_its_activation_key()
    {
        PostgresStore[] stores = [Open(), Open()];
        for (var round = 0; round < 25; round++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(
                () => stores[i % 2].CreateAsync(Commits.First($"instance-{round}", change: row => row with { ActivationKey = $"key-{round}" }), Stop))));

            Assert.Single(results, result => result is CommitResult.Committed);
            Assert.Equal(3, results.Count(result => result is CommitResult.Rejected { Key: "instance" }));
        }
    }

    [Fact]
    public async Task Whoever_lost_its_lease_cannot_commit_any_more()
    {
        var (slow, quick) = (Open(), Open());
        var first = Commits.First("one") with { Lease = new(Commits.Alice, Commits.Noon.AddSeconds(30)) };
        await slow.CreateAsync(first, Stop);

        Assert.Equal(Commits.Alice, (await quick.TryAcquireLeaseAsync(first.Row.Key, Commits.Bob, Commits.Noon.AddSeconds(29), Commits.Noon.AddSeconds(60), Stop))!.Owner);
        Assert.Equal(Commits.Bob, (await quick.TryAcquireLeaseAsync(first.Row.Key, Commits.Bob, Commits.Noon.AddSeconds(30), Commits.Noon.AddSeconds(60), Stop))!.Owner);
        var bobs = Commits.Next(first.Row) with { Lease = new(Commits.Bob, Commits.Noon.AddSeconds(90)) };
        Assert.IsType<CommitResult.Committed>(await quick.CommitAsync(bobs, Stop));

        var alices = Commits.Next(first.Row) with { Lease = new(Commits.Alice, Commits.Noon.AddSeconds(90)), Messages = [Commits.Message("late", 1)] };
        Assert.IsType<CommitResult.VersionConflict>(await slow.CommitAsync(alices, Stop));
        Assert.Equal(bobs.Lease, await slow.FindLeaseAsync(first.Row.Key, Stop));
        Assert.Empty(await slow.ReadMessagesAsync(first.Row.Key, null, 1, 10, Stop));
    }

    [Fact]
    public async Task A_read_sees_one_moment_while_others_commit()
    {
        var (writing, reading) = (Open(), Open());
        var row = Commits.First("one").Row;
        await writing.CreateAsync(Commits.First("one", change: _ => row), Stop);
        using var done = new CancellationTokenSource();

        var reads = Task.Run(async () =>
        {
            var count = 0;
            for (; !done.IsCancellationRequested; count++)
            {
                // It throws where row, snapshot and entries do not fit each other.
                await reading.LoadAsync(row.Key, Stop);
            }

            return count;
        }, Stop);
        for (var n = 0; n < 100; n++)
        {
            var next = Commits.Next(row, 3);
            next = n % 3 == 0 ? next.WithSnapshot($"{n}") : next;
            Assert.IsType<CommitResult.Committed>(await writing.CommitAsync(next, Stop));
            // What is stored keeps the snapshot that it had.
            row = next.Row;
        }

        await done.CancelAsync();
        Assert.True(await reads > 0);
    }

    [Fact]
    public async Task Entries_in_blocks_are_read_from_any_sequence_in_any_amount()
    {
        const int Many = 2_450;
        var store = Open();
        var first = Commits.First("one");
        var many = Commits.Next(first.Row, Many);
        var last = Commits.Next(many.Row);
        await store.CreateAsync(first, Stop);
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(many, Stop));
        await store.CommitAsync(last, Stop);

        Assert.Equal("5", await RunAsync("SELECT count(*) FROM entries"));
        foreach (var (from, limit) in new[] { (0, 3), (1, 5000), (1, 1), (2, 1), (2, 1000), (500, 1200), (1001, 1), (1002, 7), (Many + 1, 5), (Many + 2, int.MaxValue), (Many + 3, 5) })
        {
            var begin = Math.Max(from, 1);
            var expected = begin > Many + 2 ? [] : Enumerable.Range(begin, (int)Math.Min(limit, (long)Many + 3 - begin)).Select(n => (long)n);
            Assert.Equal(expected, (await store.ReadJournalAsync(first.Row.Key, from, limit, Stop)).Select(entry => entry.Sequence));
        }

        Assert.Equal(Many + 2, (await store.LoadAsync(first.Row.Key, Stop))!.Tail.Count);
        Assert.Equal(new CommitResult.Rejected("sequence"), await store.CommitAsync(Commits.Next(last.Row with { LastSequence = 50 }), Stop));
    }
}
