using CsCheck;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Npgsql;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

/// <summary>PostgreSQL holds every text but one with U+0000; we hold that too.</summary>
public sealed class PostgresTextTests(PostgresServer server) : PostgresTest(server)
{
    private const string Characters = "\0\u0001\u000201aü";

    private static readonly Gen<string> Texts = Gen.Int[0, Characters.Length - 1].Select(i => Characters[i]).Array[0, 12].Select(chars => new string(chars));

    [Fact]
    public void Every_text_comes_back() => Texts.Sample(text =>
    {
        var stored = PostgresText.Store(text);
        return !stored.Contains('\0', StringComparison.Ordinal) && PostgresText.Restore(stored) == text;
    });

    [Fact]
    public void Order_and_prefixes_stay() => Gen.Select(Texts, Texts).Sample((one, other) =>
    {
        var (first, second) = (PostgresText.Store(one), PostgresText.Store(other));
        return Math.Sign(string.CompareOrdinal(one, other)) == Math.Sign(string.CompareOrdinal(first, second))
            && one.StartsWith(other, StringComparison.Ordinal) == first.StartsWith(second, StringComparison.Ordinal);
    });

    [Fact]
    public async Task Ids_and_contents_may_have_every_character()
    {
        var store = Open();
        var row = Commits.First("a\0b\u0001c", "t\0", row => row with { Name = "\u0001\0", CorrelationId = "\0" });
        var message = Commits.Message("m\0", 1) with { Content = "\0\u00010\u00011 \U0001F980" };
        await store.CreateAsync(row with { Messages = [message] }, Stop);

        Assert.Equal(row.Row, await store.FindAsync(row.Row.Key, Stop));
        Assert.Equal(message, Assert.Single(await store.ReadMessagesAsync(row.Row.Key, null, 1, 10, Stop)));
        Assert.Equal(row.Row, Assert.Single(await store.ListAsync(new InstanceFilter("t\0", CorrelationId: "\0", IdPrefix: "a\0"), Stop)));
        Assert.Empty(await store.ListAsync(new InstanceFilter("t\0", IdPrefix: "a\u0001"), Stop));
    }

    [Fact]
    public async Task Half_a_character_becomes_a_replacement()
    {
        var store = Open();
        var row = Commits.First("one") with { Messages = [Commits.Message("m", 1) with { Content = "half \uD83E" }] };
        await store.CreateAsync(row, Stop);

        Assert.Equal("half \uFFFD", Assert.Single(await store.ReadMessagesAsync(row.Row.Key, null, 1, 10, Stop)).Content);
    }

    [Fact]
    public async Task A_correlation_id_may_be_long()
    {
        var store = Open();
        // Such that it cannot be compressed into an index either.
        var id = Convert.ToBase64String(RandomBytes(50_000));
        var row = Commits.First("one", change: row => row with { CorrelationId = id });
        await store.CreateAsync(row, Stop);

        Assert.Equal(row.Row, Assert.Single(await store.ListAsync(new InstanceFilter(CorrelationId: id), Stop)));
    }

    [Fact]
    public async Task An_id_that_is_too_long_for_an_index_stores_nothing_and_says_why()
    {
        var store = Open();
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);

        var error = await Assert.ThrowsAsync<PostgresException>(
            () => store.CommitAsync(Commits.Next(first.Row) with { Bookmarks = [Commits.Bookmark(Convert.ToBase64String(RandomBytes(5_000)))] }, Stop));

        Assert.Contains("index row size", error.Message);
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(Commits.Next(first.Row), Stop));
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(17).NextBytes(bytes);
        return bytes;
    }
}
