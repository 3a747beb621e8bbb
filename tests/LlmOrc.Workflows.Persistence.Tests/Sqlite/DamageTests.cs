using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

/// <summary>Rows that are missing or changed: only the instance they belong to is affected.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private static readonly byte[] Large = [1, 2, 3];

    private readonly TemporaryDatabase _database = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("DELETE FROM snapshots WHERE instance_id = 'damaged'", "snapshot")]
    [InlineData("DELETE FROM entries WHERE instance_id = 'damaged' AND sequence = 4", "Entry 4")]
    [InlineData("DELETE FROM entries WHERE instance_id = 'damaged' AND sequence = 5", "Entry 5")]
    [InlineData("UPDATE instances SET last_sequence = 7 WHERE id = 'damaged'", "Entry 6")]
    [InlineData("UPDATE instances SET last_sequence = 4 WHERE id = 'damaged'", "Entry")]
    [InlineData("UPDATE instances SET status = 'dreaming' WHERE id = 'damaged'", "dreaming")]
    public async Task A_damaged_instance_does_not_load_and_the_others_do(string damage, string named)
    {
        var store = _database.Open();
        foreach (var id in new[] { "damaged", "sound" })
        {
            var first = Commits.First(id);
            await store.CreateAsync(first, Stop);
            var second = Commits.Next(first.Row, 2).WithSnapshot("{}");
            await store.CommitAsync(second, Stop);
            await store.CommitAsync(Commits.Next(second.Row, 2), Stop);
        }

        using var connection = _database.Connect();
        connection.Run(damage);

        var error = await Assert.ThrowsAsync<StoreCorruptException>(() => store.LoadAsync(new InstanceKey("", "damaged"), Stop));
        Assert.Contains(named, error.Message);
        Assert.Equal(2, (await store.LoadAsync(new InstanceKey("", "sound"), Stop))!.Tail.Count);
    }

    [Fact]
    public async Task A_changed_payload_is_corruption()
    {
        var store = _database.Open();
        var first = Commits.First("one") with { Payloads = Commits.Payloads(Large, [4]) };
        await store.CreateAsync(first, Stop);
        using var connection = _database.Connect();
        connection.Run("UPDATE payloads SET data = x'010204' WHERE length(data) = 3");

        await Assert.ThrowsAsync<StoreCorruptException>(() => store.ReadPayloadsAsync(first.Row.Key, [Commits.Hash(Large)], Stop));
        Assert.Single(await store.ReadPayloadsAsync(first.Row.Key, [Commits.Hash([4])], Stop));
    }

    [Fact]
    public async Task A_changed_document_is_corruption()
    {
        var store = _database.Open();
        var hash = await store.PutAsync("", Large, Stop);
        using var connection = _database.Connect();
        connection.Run("UPDATE documents SET data = x'00'");

        await Assert.ThrowsAsync<StoreCorruptException>(() => store.FindAsync("", hash, Stop));
    }

    [Fact]
    public async Task Damaged_pages_under_one_table_stop_neither_the_writer_nor_other_reads()
    {
        var store = _database.Open();
        var first = Commits.First("one") with { Payloads = Commits.Payloads(new byte[20_000]) };
        await store.CreateAsync(first, Stop);
        _database.CloseStores();
        DamageRootPageOf("payloads");
        using var mayEnd = new ManualResetEventSlim();
        store = _database.Open(commit: statements =>
        {
            mayEnd.Wait(Stop);
            statements.Execute("COMMIT");
        });

        await Assert.ThrowsAsync<StoreCorruptException>(() => store.ReadPayloadsAsync(first.Row.Key, [Commits.Hash(new byte[20_000])], Stop));
        // The first holds the writer, so that the others share a transaction.
        var before = store.CreateAsync(Commits.First("before"), Stop);
        var withPayload = store.CommitAsync(Commits.Next(first.Row) with { Payloads = Commits.Payloads([1]) }, Stop);
        var without = store.CreateAsync(Commits.First("two"), Stop);
        mayEnd.Set();

        Assert.IsType<CommitResult.Committed>(await before);
        await Assert.ThrowsAsync<StoreCorruptException>(() => withPayload);
        Assert.IsType<CommitResult.Committed>(await without);
        Assert.Equal(first.Row, (await store.LoadAsync(first.Row.Key, Stop))!.Row);
    }

    private void DamageRootPageOf(string table)
    {
        long root;
        using (var connection = _database.Connect())
        {
            root = (long)connection.Run($"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")!;
        }

        using var file = File.OpenWrite(_database.Path);
        file.Position = (root - 1) * 4096;
        file.Write(Enumerable.Repeat((byte)0xEE, 4096).ToArray());
    }
}
