using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

/// <summary>Many entries of one commit share a row; whoever reads them does not notice.</summary>
public sealed class EntryBlocksTests : IAsyncLifetime
{
    private const int Many = 2_450;

    private readonly TemporaryDatabase _database = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Entries_in_blocks_are_read_from_any_sequence_in_any_amount()
    {
        var store = _database.Open();
        var written = await WriteAsync(store);

        // One apart, two blocks of a thousand, one of the rest, one apart.
        Assert.Equal(5L, Run("SELECT count(*) FROM entries"));
        foreach (var (from, limit) in new[] { (1, 5000), (1, 1), (2, 1), (2, 1000), (500, 1200), (1001, 1), (1002, 7), (Many + 1, 5), (Many + 2, 5) })
            Assert.Equal(written.Skip(from - 1).Take(limit).Select(Readable), (await store.ReadJournalAsync(new("", "one"), from, limit, Stop)).Select(Readable));
        Assert.Empty(await store.ReadJournalAsync(new("", "one"), Many + 3, 5, Stop));
        Assert.Equal(written.Select(Readable), (await store.LoadAsync(new("", "one"), Stop))!.Tail.Select(Readable));
    }

    [Fact]
    public async Task The_tail_after_a_snapshot_begins_with_the_entry_after_it()
    {
        var store = _database.Open();
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        var next = Commits.Next(first.Row, 100).WithSnapshot("{}");
        await store.CommitAsync(next, Stop);
        await store.CommitAsync(Commits.Next(next.Row, 100), Stop);

        Assert.Equal(Enumerable.Range(102, 100).Select(n => (long)n), (await store.LoadAsync(first.Row.Key, Stop))!.Tail.Select(e => e.Sequence));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task An_entry_that_a_block_holds_already_is_rejected(int count)
    {
        var store = _database.Open();
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        var block = Commits.Next(first.Row, 100);
        await store.CommitAsync(block, Stop);

        var overlapping = Commits.Next(block.Row with { LastSequence = 50 }, count);

        Assert.Equal(new CommitResult.Rejected("sequence"), await store.CommitAsync(overlapping, Stop));
    }

    [Theory]
    [InlineData("x''")]
    [InlineData("x'02'")]
    [InlineData("x'0100'")]
    [InlineData("substr(data, 1, 400)")]
    [InlineData("substr(data, 1, 10) || zeroblob(4000)")]
    public async Task A_damaged_block_is_corruption(string data)
    {
        var store = _database.Open();
        await WriteAsync(store);
        Run($"UPDATE entries SET data = CAST({data} AS BLOB) WHERE sequence = 1001");

        await Assert.ThrowsAsync<StoreCorruptException>(() => store.LoadAsync(new("", "one"), Stop));
        await Assert.ThrowsAsync<StoreCorruptException>(() => store.ReadJournalAsync(new("", "one"), 500, 10, Stop));
        Assert.Single(await store.ReadJournalAsync(new("", "one"), 1002, 1, Stop));
    }

    [Fact]
    public async Task A_block_takes_a_tenth_of_its_entries()
    {
        await WriteAsync(_database.Open());

        var bytes = (long)Run("SELECT length(data) FROM entries WHERE sequence = 1001")!;
        Assert.InRange(bytes / 1000.0, 1, 15);
    }

    /// <summary>One entry, then many, then one.</summary>
    private static async Task<List<EntryRow>> WriteAsync(SqliteStore store)
    {
        var first = Commits.First("one");
        var many = Commits.Next(first.Row, Many);
        var last = Commits.Next(many.Row);
        await store.CreateAsync(first, Stop);
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(many, Stop));
        await store.CommitAsync(last, Stop);
        return [.. first.Entries, .. many.Entries, .. last.Entries];
    }

    private object? Run(string sql)
    {
        using var connection = _database.Connect();
        return connection.Run(sql);
    }

    private static (long, string, DateTimeOffset, long, string) Readable(EntryRow entry) =>
        (entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, Convert.ToBase64String(entry.Data.Span));
}
