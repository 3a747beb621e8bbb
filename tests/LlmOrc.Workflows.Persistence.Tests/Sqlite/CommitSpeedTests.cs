using System.Diagnostics;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

[CollectionDefinition("Alone on the machine", DisableParallelization = true)]
public static class AloneOnTheMachine;

[Collection("Alone on the machine")]
public sealed class CommitSpeedTests(ITestOutputHelper output)
{
    // What a disk takes that keeps its word when the power fails: 1 to 5 ms where it is an SSD without a protected cache, 10 ms where it turns.
    private static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(5);

    private const int Rounds = 5;

    /// <summary>
    /// The disk of a build machine may take a flush for done before it is: then there is nothing to share, and how many times as fast 64 are
    /// says how busy the processor is. So each transaction waits for as long as a real disk does, after its real end: with that the ratio is
    /// at most 64, and 5 leaves room for a machine that does ten times as slowly what is ours.
    /// </summary>
    [Fact]
    public async Task Sixty_four_instances_commit_at_least_five_times_as_fast_as_one_where_a_flush_costs_what_it_does_on_a_disk()
    {
        await using var database = new TemporaryDatabase();
        var store = database.Open(commit: statements =>
        {
            statements.Execute("COMMIT");
#pragma warning disable RS0030 // Not to wait for something: it is the disk, which blocks the writer's thread just so.
            Thread.Sleep(Flush);
#pragma warning restore RS0030
        });
        await MeasureAsync(store, instances: 64, commitsEach: 2);

        // Measured in turns, so that both meet the same machine; the median of the rounds, so that one bad moment does not count.
        var ratios = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            var alone = await MeasureAsync(store, instances: 1, commitsEach: 10);
            var together = await MeasureAsync(store, instances: 64, commitsEach: 5);
            ratios.Add(alone.MillisecondsPerCommit / together.MillisecondsPerCommit);
            output.WriteLine($"alone {alone}; 64 together {together}; {ratios[^1]:0.0} times as fast");
        }

        Assert.InRange(ratios.Order().ElementAt(Rounds / 2), 5, 64);
    }

    /// <summary>On the disk as it is: the times are printed, what makes them is asserted.</summary>
    [Fact]
    public async Task Sixty_four_instances_that_commit_at_once_share_each_transaction_with_many_others()
    {
        await using var database = new TemporaryDatabase();
        var store = database.Open();
        await MeasureAsync(store, instances: 64, commitsEach: 10);

        var alone = await MeasureAsync(store, instances: 1, commitsEach: 300);
        var together = await MeasureAsync(store, instances: 64, commitsEach: 40);

        output.WriteLine($"alone {alone}; 64 together {together}; {alone.MillisecondsPerCommit / together.MillisecondsPerCommit:0.0} times as fast");
        Assert.Equal(1, alone.CommitsPerTransaction);
        Assert.InRange(together.CommitsPerTransaction, 10, 64);
    }

    /// <summary>A turn as the engine commits it: four entries, a message, a metered call.</summary>
    private static async Task<Speed> MeasureAsync(SqliteStore store, int instances, int commitsEach)
    {
        var rows = await Task.WhenAll(Enumerable.Range(0, instances).Select(async _ =>
        {
            var first = Commits.First(NewId());
            await store.CreateAsync(first, CancellationToken.None);
            return first.Row;
        }));
        var commits = Turns(rows, commitsEach);
        var (transactions, allocated, clock) = (store.TransactionCount, GC.GetTotalAllocatedBytes(precise: true), Stopwatch.StartNew());

        await Task.WhenAll(commits.Select(turns => Task.Run(() => CommitAsync(store, turns), TestContext.Current.CancellationToken)));

        var count = instances * commitsEach;
        return new Speed(
            clock.Elapsed.TotalMilliseconds / count,
            (GC.GetTotalAllocatedBytes(precise: true) - allocated) / count,
            (double)count / (store.TransactionCount - transactions));
    }

    private static async Task CommitAsync(SqliteStore store, List<InstanceCommit> turns)
    {
        foreach (var turn in turns)
        {
            Assert.IsType<CommitResult.Committed>(await store.CommitAsync(turn, CancellationToken.None));
        }
    }

    /// <summary>The commits of each instance; their ids are made round by round, as instances that run side by side make them.</summary>
    private static List<InstanceCommit>[] Turns(InstanceRow[] rows, int count)
    {
        var turns = rows.Select(_ => new List<InstanceCommit>(count)).ToArray();
        for (var round = 0; round < count; round++)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                turns[i].Add(Turn(round == 0 ? rows[i] : turns[i][^1].Row));
            }
        }

        return turns;
    }

    private static InstanceCommit Turn(InstanceRow row) => Commits.Next(row, 4) with
    {
        Messages = [Commits.Message(NewId(), row.Version)],
        Calls = [Commits.Call(NewId())],
        Lease = new Lease(Commits.Alice, Commits.Noon.AddSeconds(row.Version)),
    };

    /// <summary>As the engine makes them: ordered by time.</summary>
    private static string NewId() => Guid.CreateVersion7().ToString("n");

    private sealed record Speed(double MillisecondsPerCommit, long BytesPerCommit, double CommitsPerTransaction)
    {
        public override string ToString() =>
            $"{MillisecondsPerCommit:0.000} ms and {BytesPerCommit} bytes per commit, {CommitsPerTransaction:0.0} commits per transaction";
    }
}
