using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class DiskFullTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_loses_nothing_that_was_acknowledged_and_the_store_goes_on_when_there_is_space()
    {
        const int Points = 50;
        using var volume = TemporaryVolume.TryMount(megabytes: 64);
        Assert.SkipWhen(volume is null, "This user may not mount a small file system; the next test fills a small database instead.");
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        var acknowledged = new List<InstanceRow>();
        await using var database = new TemporaryDatabase(volume.Path);
        var store = database.Open();

        for (var point = 0; point < Points; point++)
        {
            volume.FillBut(freeBytes: random.Next(0, 100) * 4096L);
            var error = await CommitUntilFullAsync(store, acknowledged, prefix: $"point-{point}", payloadBytes: random.Next(1, 12_000));

            Assert.Contains("no space left", error.Message);
            Assert.Contains("Nothing was stored", error.Message);
            volume.Free();
            await CreateAsync(store, acknowledged, $"point-{point}-freed", payloadBytes: 1000);
        }

        await AssertAllThereAsync(store, acknowledged);
        using (var connection = database.Connect())
        {
            Assert.Equal("ok", connection.Run("PRAGMA integrity_check"));
        }

        database.CloseStores();
        await AssertAllThereAsync(database.Open(), acknowledged);
        output.WriteLine($"{acknowledged.Count} acknowledged commits, full {Points} times");
    }

    [Fact]
    public async Task A_database_that_may_not_grow_fails_clearly_and_goes_on_when_it_may()
    {
        var acknowledged = new List<InstanceRow>();
        await using var database = new TemporaryDatabase();
        // The limit holds for the writer's connection only, which is opened anew after a failure: then there is space again.
        var store = database.Open(commit: statements =>
        {
            statements.Execute("COMMIT");
            statements.Execute("PRAGMA max_page_count = 100");
        });

        var error = await CommitUntilFullAsync(store, acknowledged, "one", payloadBytes: 10_000);
        await CreateAsync(store, acknowledged, "two", payloadBytes: 10_000);

        Assert.Contains("no space left", error.Message);
        Assert.InRange(acknowledged.Count, 2, 200);
        await AssertAllThereAsync(store, acknowledged);
        using var connection = database.Connect();
        Assert.Equal("ok", connection.Run("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task A_new_database_on_a_full_disk_is_refused_clearly()
    {
        using var volume = TemporaryVolume.TryMount(megabytes: 1);
        Assert.SkipWhen(volume is null, "This user may not mount a small file system.");
        await using var database = new TemporaryDatabase(volume.Path);
        Directory.CreateDirectory(database.Folder);
        volume.FillBut(freeBytes: 16 * 1024);

        var error = Assert.Throws<StoreOpenException>(() => database.Open());

        Assert.Equal(StoreOpenProblem.DiskFull, error.Problem);
        volume.Free();
        await CreateAsync(database.Open(), [], "one", payloadBytes: 10);
    }

    private static async Task<StoreUnavailableException> CommitUntilFullAsync(SqliteStore store, List<InstanceRow> acknowledged, string prefix, int payloadBytes)
    {
        for (var i = 0; i < 10_000; i++)
        {
            try
            {
                await CreateAsync(store, acknowledged, $"{prefix}-{i}", payloadBytes);
            }
            catch (StoreUnavailableException error)
            {
                Assert.Null(await store.FindAsync(new InstanceKey("", $"{prefix}-{i}"), Stop));
                return error;
            }
        }

        throw new InvalidOperationException("The disk was never full.");
    }

    private static async Task CreateAsync(SqliteStore store, List<InstanceRow> acknowledged, string id, int payloadBytes)
    {
        var commit = Commits.First(id) with { Payloads = Commits.Payloads(Payload(id, payloadBytes)) };
        Assert.IsType<CommitResult.Committed>(await store.CreateAsync(commit, Stop));
        acknowledged.Add(commit.Row with { Name = Commits.Hash(Payload(id, payloadBytes)) });
    }

    private static byte[] Payload(string id, int bytes)
    {
        var payload = new byte[bytes];
        new Random(id.Length).NextBytes(payload);
        return payload;
    }

    /// <param name="rows">With the hash of their payload for a name.</param>
    private static async Task AssertAllThereAsync(SqliteStore store, List<InstanceRow> rows)
    {
        foreach (var row in rows)
        {
            var loaded = await store.LoadAsync(row.Key, Stop);
            Assert.Equal(row.CommitId, loaded!.Row.CommitId);
            Assert.Single(await store.ReadPayloadsAsync(row.Key, [row.Name!], Stop));
        }
    }
}
