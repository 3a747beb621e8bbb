using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Storage;

/// <summary>The contract of <see cref="IInstanceQueries"/>: inherit it for each store.</summary>
public abstract class InstanceQueriesContract : StoreContract
{
    [Fact]
    public async Task An_instance_is_found_by_its_key()
    {
        var row = await CreateAsync("one");

        Assert.Equal(row, await Queries.FindAsync(row.Key, Stop));
        Assert.Null(await Queries.FindAsync(new InstanceKey("", "ONE"), Stop));
        Assert.Null(await Queries.FindAsync(new InstanceKey("red", "one"), Stop));
    }

    [Fact]
    public async Task Instances_are_listed_newest_first_and_then_by_id()
    {
        await CreateAtAsync("b", 1);
        await CreateAtAsync("a", 1);
        await CreateAtAsync("old", 0);
        await CreateAtAsync("new", 2);

        Assert.Equal(["new", "b", "a", "old"], await ListIdsAsync(new InstanceFilter()));
    }

    [Fact]
    public async Task A_listed_row_is_the_stored_row()
    {
        var row = await CreateAsync("one", change: row => row with
        {
            Status = InstanceStatus.Finished,
            SubStatus = InstanceSubStatus.Faulted,
            FinishedAt = Commits.Noon.AddDays(400),
            ActivationKey = "key",
        });

        Assert.Equal(row, Assert.Single(await Queries.ListAsync(new InstanceFilter(), Stop)));
    }

    [Fact]
    public async Task Each_filter_chooses_and_they_choose_together()
    {
        await CreateAsync("a", change: row => row with { DefinitionId = "panel", CorrelationId = "x", SubStatus = InstanceSubStatus.Suspended });
        await CreateAsync("b", change: row => row with { DefinitionId = "panel", CorrelationId = "y" });
        await CreateAsync("c", change: row => row with { CorrelationId = "x", Status = InstanceStatus.Finished, SubStatus = InstanceSubStatus.Faulted });

        Assert.Equal(["b", "a"], await ListIdsAsync(new InstanceFilter(DefinitionId: "panel")));
        Assert.Equal(["b", "a"], await ListIdsAsync(new InstanceFilter(Status: InstanceStatus.Running)));
        Assert.Equal(["c"], await ListIdsAsync(new InstanceFilter(SubStatus: InstanceSubStatus.Faulted)));
        Assert.Equal(["c", "a"], await ListIdsAsync(new InstanceFilter(CorrelationId: "x")));
        Assert.Equal(["a"], await ListIdsAsync(new InstanceFilter(DefinitionId: "panel", CorrelationId: "x", Status: InstanceStatus.Running)));
        Assert.Empty(await ListIdsAsync(new InstanceFilter(DefinitionId: "PANEL")));
    }

    [Theory]
    [InlineData("run", "run_2,run_1,run%3,run")]
    [InlineData("run_", "run_2,run_1")]
    [InlineData("run%", "run%3")]
    [InlineData("RUN", "")]
    [InlineData("", "run_2,run_1,run%3,run,Über")]
    [InlineData("Ü", "Über")]
    public async Task An_id_prefix_is_compared_as_it_is(string prefix, string expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        foreach (var (id, second) in new[] { ("Über", 0), ("run", 1), ("run%3", 2), ("run_1", 3), ("run_2", 4) })
        {
            await CreateAtAsync(id, second);
        }

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), await ListIdsAsync(new InstanceFilter(IdPrefix: prefix)));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gaps_or_repeats()
    {
        for (var i = 0; i < 25; i++)
        {
            await CreateAtAsync($"instance-{i:00}", i / 3, row => row with { DefinitionId = i % 2 == 0 ? "even" : "odd" });
        }

        var ids = new List<string>();
        for (IReadOnlyList<string> page = ["-"]; page.Count > 0; ids.AddRange(page))
        {
            page = await ListIdsAsync(new InstanceFilter(DefinitionId: "even", After: ids.LastOrDefault(), Limit: 4));
            Assert.InRange(page.Count, 0, 4);
        }

        Assert.Equal(Enumerable.Range(0, 13).Select(i => $"instance-{24 - (2 * i):00}"), ids);
    }

    [Fact]
    public async Task A_page_may_follow_a_row_that_its_filter_would_not_show()
    {
        await CreateAtAsync("a", 0);
        var changed = await CreateAtAsync("b", 1);
        await CommitAsync(Commits.Next(changed, change: row => row with { SubStatus = InstanceSubStatus.Suspended }));

        Assert.Equal(["a"], await ListIdsAsync(new InstanceFilter(SubStatus: InstanceSubStatus.Executing, After: "b")));
    }

    [Fact]
    public async Task Nothing_follows_an_unknown_instance()
    {
        await CreateAsync("one");

        Assert.Empty(await ListIdsAsync(new InstanceFilter(After: "nobody")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public async Task A_page_has_one_to_a_thousand_rows(int limit) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Queries.ListAsync(new InstanceFilter(Limit: limit), Stop));

    [Fact]
    public async Task Tenants_have_lists_of_their_own()
    {
        await CreateAsync("one", "red");
        await CreateAsync("two", "blue");
        await CreateAsync("three");

        Assert.Equal(["one"], await ListIdsAsync(new InstanceFilter("red")));
        Assert.Equal(["three"], await ListIdsAsync(new InstanceFilter()));
        Assert.Empty(await ListIdsAsync(new InstanceFilter("red", After: "two")));
    }

    [Fact]
    public async Task The_journal_is_read_in_order_and_in_pages()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row, 4).WithSnapshot("{}"));
        await CommitAsync(Commits.Next(row, 4));

        Assert.Equal([1, 2, 3], await ReadSequencesAsync(row.Key, 1, 3));
        Assert.Equal([4, 5, 6], await ReadSequencesAsync(row.Key, 4, 3));
        Assert.Equal([7, 8, 9], await ReadSequencesAsync(row.Key, 7, 100));
        Assert.Equal([1], await ReadSequencesAsync(row.Key, 0, 1));
        Assert.Empty(await ReadSequencesAsync(row.Key, 10, 100));
        Assert.Empty(await ReadSequencesAsync(new InstanceKey("", "nobody"), 1, 100));
        Assert.Empty(await ReadSequencesAsync(new InstanceKey("red", "one"), 1, 100));
    }

    [Fact]
    public async Task An_entry_comes_back_as_it_was_committed()
    {
        var entry = new EntryRow(1, "message-received", Commits.Noon.ToOffset(TimeSpan.FromHours(-7)), 3, Commits.Utf8("{\"text\":\"日本 \U0001F980\"}"));
        var first = Commits.First("one") with { Entries = [entry] };
        await Instances.CreateAsync(first, Stop);

        var read = Assert.Single(await Queries.ReadJournalAsync(first.Row.Key, 1, 10, Stop));

        Assert.Equal(entry with { Data = default }, read with { Data = default });
        Assert.Equal(entry.Data.Text(), read.Data.Text());
    }

    [Fact]
    public async Task Messages_come_back_as_they_were_committed_in_order_and_by_conversation()
    {
        var row = await CreateAsync("one");
        var bare = Commits.Message("m3", 3, "other") with { Recipient = null, CallId = null, ExecutionId = 0, Content = "" };
        row = await CommitAsync(Commits.Next(row) with { Messages = [Commits.Message("m1", 1), Commits.Message("m2", 2)] });
        await CommitAsync(Commits.Next(row) with { Messages = [bare, Commits.Message("m4", 4)] });

        Assert.Equal(
            [Commits.Message("m1", 1), Commits.Message("m2", 2), bare, Commits.Message("m4", 4)],
            await Queries.ReadMessagesAsync(row.Key, null, 1, 100, Stop));
        Assert.Equal([bare], await Queries.ReadMessagesAsync(row.Key, "other", 1, 100, Stop));
        Assert.Equal([2, 4], (await Queries.ReadMessagesAsync(row.Key, "main", 2, 100, Stop)).Select(message => message.Sequence));
        Assert.Equal([2, 3], (await Queries.ReadMessagesAsync(row.Key, null, 2, 2, Stop)).Select(message => message.Sequence));
        Assert.Empty(await Queries.ReadMessagesAsync(new InstanceKey("red", "one"), null, 1, 100, Stop));
    }

    [Fact]
    public async Task Calls_come_back_in_the_order_of_their_reservation_with_what_became_of_them()
    {
        var row = await CreateAsync("one");
        var settled = Commits.Call("z", MeteredCallStatus.Settled) with { Cost = 12_345_678_901.23m, LatencyMilliseconds = 99 };
        var bare = Commits.Call("y") with { Agent = null, Provider = null, Model = null, RequestHash = null, MessageId = null, Cost = 0 };
        row = await CommitAsync(Commits.Next(row) with { Calls = [Commits.Call("z"), bare] });
        row = await CommitAsync(Commits.Next(row) with { Calls = [Commits.Call("a")] });
        await CommitAsync(Commits.Next(row) with { Calls = [settled] });

        Assert.Equal([settled, bare, Commits.Call("a")], await Queries.ReadCallsAsync(row.Key, Stop));
        Assert.Empty(await Queries.ReadCallsAsync(new InstanceKey("red", "one"), Stop));
    }

    [Fact]
    public async Task A_bookmark_comes_back_as_it_was_committed()
    {
        var row = await CreateAsync("one");
        var bookmark = Commits.Bookmark("b") with { IsMultiUse = true };
        await CommitAsync(Commits.Next(row) with { Bookmarks = [bookmark] });

        var (instance, read) = (await Queries.FindBookmarkAsync("", "b", Stop))!.Value;

        Assert.Equal(row.Key, instance);
        AssertBookmark(bookmark, read);
        Assert.Null(await Queries.FindBookmarkAsync("", "unknown", Stop));
        Assert.Null(await Queries.FindBookmarkAsync("red", "b", Stop));
    }

    [Fact]
    public async Task A_bookmark_is_replaced_by_id_and_stays_when_it_is_used_up()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row) with { Bookmarks = [Commits.Bookmark("z"), Commits.Bookmark("a")] });
        var consumed = Commits.Bookmark("z", BookmarkStatus.Consumed) with
        {
            Payload = Commits.Utf8("{}"),
            ConsumedAt = Commits.Noon.AddTicks(3),
            StimulusId = "s",
        };
        row = await CommitAsync(Commits.Next(row, change: Finish) with { Bookmarks = [consumed, Commits.Bookmark("a", BookmarkStatus.Burned)] });

        var read = await Queries.ReadBookmarksAsync(row.Key, Stop);

        Assert.Equal(["z", "a"], read.Select(bookmark => bookmark.Id));
        AssertBookmark(consumed, read[0]);
        Assert.Equal(BookmarkStatus.Burned, read[1].Status);
        AssertBookmark(consumed, (await Queries.FindBookmarkAsync("", "z", Stop))!.Value.Bookmark);
    }

    [Fact]
    public async Task The_same_bookmark_id_in_two_tenants_is_two_bookmarks()
    {
        var red = await CreateAsync("one", "red");
        var blue = await CreateAsync("two", "blue");
        await CommitAsync(Commits.Next(red) with { Bookmarks = [Commits.Bookmark("b")] });
        await CommitAsync(Commits.Next(blue) with { Bookmarks = [Commits.Bookmark("b", BookmarkStatus.Burned)] });

        Assert.Equal(red.Key, (await Queries.FindBookmarkAsync("red", "b", Stop))!.Value.Instance);
        Assert.Equal(BookmarkStatus.Burned, (await Queries.FindBookmarkAsync("blue", "b", Stop))!.Value.Bookmark.Status);
    }

    [Fact]
    public async Task Bookmarks_of_other_instances_are_left_out()
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two");
        await CommitAsync(Commits.Next(one) with { Bookmarks = [Commits.Bookmark("a")] });
        await CommitAsync(Commits.Next(two) with { Bookmarks = [Commits.Bookmark("b")] });

        Assert.Equal("a", Assert.Single(await Queries.ReadBookmarksAsync(one.Key, Stop)).Id);
        Assert.Empty(await Queries.ReadBookmarksAsync(new InstanceKey("", "nobody"), Stop));
    }

    [Fact]
    public async Task Open_bookmarks_of_all_running_instances_are_listed_in_the_order_they_were_made()
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two");
        var over = await CreateAsync("over");
        await CommitAsync(Commits.Next(one) with { Bookmarks = [Commits.Bookmark("z"), Commits.Bookmark("used", BookmarkStatus.Consumed)] });
        await CommitAsync(Commits.Next(two) with { Bookmarks = [Commits.Bookmark("a") with { Name = "other" }, Commits.Bookmark("b")] });
        await CommitAsync(Commits.Next(over, change: Finish) with { Bookmarks = [Commits.Bookmark("left")] });
        await CreateAsync("foreign", "red");

        var all = await Queries.ListOpenBookmarksAsync(new(), Stop);
        Assert.Equal([("one", "z"), ("two", "a"), ("two", "b")], all.Select(b => (b.Instance.InstanceId, b.Bookmark.Id)));
        AssertBookmark(Commits.Bookmark("z"), all[0].Bookmark);
        Assert.Equal(["a"], (await Queries.ListOpenBookmarksAsync(new(Name: "other"), Stop)).Select(b => b.Bookmark.Id));
        Assert.Equal(["a"], (await Queries.ListOpenBookmarksAsync(new(After: "z", Limit: 1), Stop)).Select(b => b.Bookmark.Id));
        Assert.Empty(await Queries.ListOpenBookmarksAsync(new(After: "unknown"), Stop));
        Assert.Empty(await Queries.ListOpenBookmarksAsync(new("red"), Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Queries.ListOpenBookmarksAsync(new(Limit: 0), Stop));
    }

    private static InstanceRow Finish(InstanceRow row) => row with { Status = InstanceStatus.Finished, SubStatus = InstanceSubStatus.Finished };

    private Task<InstanceRow> CreateAtAsync(string id, int second, Func<InstanceRow, InstanceRow>? change = null) =>
        CreateAsync(id, change: row =>
        {
            var later = row with { CreatedAt = Commits.Noon.AddSeconds(second) };
            return change?.Invoke(later) ?? later;
        });

    private async Task<IReadOnlyList<string>> ListIdsAsync(InstanceFilter filter) =>
        [.. (await Queries.ListAsync(filter, Stop)).Select(row => row.Key.InstanceId)];

    private async Task<IReadOnlyList<long>> ReadSequencesAsync(InstanceKey key, long fromSequence, int limit) =>
        [.. (await Queries.ReadJournalAsync(key, fromSequence, limit, Stop)).Select(entry => entry.Sequence)];

    private static void AssertBookmark(BookmarkRow expected, BookmarkRow actual)
    {
        Assert.Equal(expected with { Payload = default }, actual with { Payload = default });
        Assert.Equal(expected.Payload.Text(), actual.Payload.Text());
    }
}
