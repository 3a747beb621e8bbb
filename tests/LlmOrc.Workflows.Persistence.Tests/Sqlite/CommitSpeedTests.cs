using System.Diagnostics;
using System.Globalization;
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
    private const int RequiredRatio = 5;

    [Fact]
    public async Task Sixty_four_instances_together_commit_at_least_five_times_as_fast_as_one_alone()
    {
        await using var database = new TemporaryDatabase();
        var store = database.Open();
        await MeasureAsync(store, instances: 64, commitsEach: 10);
        var best = 0.0;
        // The machine may be busy with something else: the best of three counts.
        for (var measurement = 1; measurement <= 3 && best < RequiredRatio; measurement++)
        {
            var alone = await MeasureAsync(store, instances: 1, commitsEach: 300);
            var together = await MeasureAsync(store, instances: 64, commitsEach: 40);
            best = Math.Max(best, alone.MillisecondsPerCommit / together.MillisecondsPerCommit);
            Assert.InRange(together.CommitsPerTransaction, 16, 64);
            output.WriteLine($"{measurement}: alone {alone}; 64 together {together}; {alone.MillisecondsPerCommit / together.MillisecondsPerCommit:0.0} times as fast");
        }

        // With others at every core the writer waits for its turn longer than for the disk; the count of transactions is certain anyway.
        Assert.SkipWhen(best < RequiredRatio && OthersPerCore() > 1, $"The machine is too busy to measure; the best was {best:0.0} times.");
        Assert.True(best >= RequiredRatio, $"64 together were only {best:0.0} times as fast as one alone.");
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

    /// <summary>Programs that wanted to run, on average over the last minute; 0 where the system does not say.</summary>
    private static double OthersPerCore() => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) / Environment.ProcessorCount
        : 0;

    private sealed record Speed(double MillisecondsPerCommit, long BytesPerCommit, double CommitsPerTransaction)
    {
        public override string ToString() =>
            $"{MillisecondsPerCommit:0.000} ms and {BytesPerCommit} bytes per commit, {CommitsPerTransaction:0.0} commits per transaction";
    }
}
