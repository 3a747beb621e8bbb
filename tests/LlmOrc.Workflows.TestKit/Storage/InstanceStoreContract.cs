using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Storage;

/// <summary>The contract of <see cref="IInstanceStore"/>: inherit it for each store.</summary>
public abstract class InstanceStoreContract : StoreContract
{
    [Fact]
    public async Task An_unknown_instance_loads_as_null() =>
        Assert.Null(await Instances.LoadAsync(new InstanceKey("", "nobody"), Stop));

    [Fact]
    public async Task A_created_instance_loads_as_it_was_created()
    {
        var commit = Commits.First("one", change: row => row with
        {
            ActivationKey = "pull-17",
            IncidentCount = 4,
            SubStatus = InstanceSubStatus.Pending,
            CreatedAt = Commits.Noon.ToOffset(TimeSpan.FromHours(5)),
        });

        Assert.IsType<CommitResult.Committed>(await Instances.CreateAsync(commit, Stop));

        var loaded = await Instances.LoadAsync(commit.Row.Key, Stop);
        Assert.Equal(commit.Row, loaded!.Row);
        Assert.Null(loaded.Snapshot);
        AssertEntries(commit.Entries, loaded.Tail);
    }

    [Fact]
    public async Task A_row_without_its_optional_fields_comes_back_without_them()
    {
        var row = await CreateAsync("one", change: row => row with { Name = null, CorrelationId = null });

        Assert.Equal(row, (await Instances.LoadAsync(row.Key, Stop))!.Row);
    }

    [Fact]
    public async Task A_taken_id_is_rejected_and_nothing_of_the_second_is_stored()
    {
        var row = await CreateAsync("one");
        var second = Commits.First("one") with { Bookmarks = [Commits.Bookmark("b")], Entries = [Commits.Entry(1) with { Type = "other" }] };

        Assert.Equal(new CommitResult.Rejected("instance"), await Instances.CreateAsync(second, Stop));

        var loaded = await Instances.LoadAsync(row.Key, Stop);
        Assert.Equal(row, loaded!.Row);
        AssertEntries([Commits.Entry(1)], loaded.Tail);
        Assert.Null(await Queries.FindBookmarkAsync("", "b", Stop));
    }

    [Fact]
    public async Task Of_many_creators_of_one_id_exactly_one_is_committed()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Instances.CreateAsync(Commits.First("one"), Stop))));

        Assert.Single(results, result => result is CommitResult.Committed);
        Assert.Equal(15, results.Count(result => result is CommitResult.Rejected { Key: "instance" }));
    }

    [Fact]
    public async Task An_activation_key_is_rejected_while_a_running_instance_has_it()
    {
        await CreateAsync("one", change: row => row with { ActivationKey = "pull-17" });

        var second = await Instances.CreateAsync(Commits.First("two", change: row => row with { ActivationKey = "pull-17" }), Stop);
        var other = await Instances.CreateAsync(Commits.First("three", change: row => row with { ActivationKey = "pull-18" }), Stop);

        Assert.Equal(new CommitResult.Rejected("activation"), second);
        Assert.Null(await Queries.FindAsync(new InstanceKey("", "two"), Stop));
        Assert.IsType<CommitResult.Committed>(other);
    }

    [Fact]
    public async Task Of_many_creators_with_one_activation_key_exactly_one_is_committed()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() =>
            Instances.CreateAsync(Commits.First($"instance-{i}", change: row => row with { ActivationKey = "key" }), Stop))));

        Assert.Single(results, result => result is CommitResult.Committed);
        Assert.Equal(15, results.Count(result => result is CommitResult.Rejected { Key: "activation" }));
    }

    [Fact]
    public async Task An_activation_key_is_free_again_when_its_instance_has_finished()
    {
        var first = await CreateAsync("one", change: row => row with { ActivationKey = "pull-17" });
        await CommitAsync(Commits.Next(first, change: Finish));

        await CreateAsync("two", change: row => row with { ActivationKey = "pull-17" });
    }

    [Fact]
    public async Task A_finished_instance_settles_a_late_call_while_another_runs_under_its_key()
    {
        var first = await CreateAsync("one", change: row => row with { ActivationKey = "pull-17" });
        first = await CommitAsync(Commits.Next(first, change: Finish));
        await CreateAsync("two", change: row => row with { ActivationKey = "pull-17" });

        await CommitAsync(Commits.Next(first) with { Calls = [Commits.Call("late", MeteredCallStatus.Discarded)] });

        Assert.Single(await Queries.ReadCallsAsync(first.Key, Stop));
    }

    [Fact]
    public async Task An_instance_cannot_run_again_while_another_has_its_activation_key()
    {
        var first = await CreateAsync("one", change: row => row with { ActivationKey = "pull-17" });
        var finished = await CommitAsync(Commits.Next(first, change: Finish));
        await CreateAsync("two", change: row => row with { ActivationKey = "pull-17" });

        var again = Commits.Next(finished, change: row => row with { Status = InstanceStatus.Running, SubStatus = InstanceSubStatus.Executing, FinishedAt = null });

        Assert.Equal(new CommitResult.Rejected("activation"), await Instances.CommitAsync(again, Stop));
        Assert.Equal(finished, await Queries.FindAsync(finished.Key, Stop));
    }

    [Fact]
    public async Task A_commit_replaces_the_row_and_appends_its_entries()
    {
        var row = await CreateAsync("one");
        var commit = Commits.Next(row, 3, next => next with
        {
            Name = "Renamed",
            CorrelationId = "pull-18",
            SubStatus = InstanceSubStatus.Suspended,
            IncidentCount = 2,
        });

        await CommitAsync(commit);

        var loaded = await Instances.LoadAsync(row.Key, Stop);
        Assert.Equal(commit.Row, loaded!.Row);
        AssertEntries([Commits.Entry(1), Commits.Entry(2), Commits.Entry(3), Commits.Entry(4)], loaded.Tail);
    }

    [Fact]
    public async Task A_commit_needs_no_entries()
    {
        var row = await CreateAsync("one");

        var next = await CommitAsync(Commits.Next(row, 0));

        Assert.Equal(next, (await Instances.LoadAsync(row.Key, Stop))!.Row);
    }

    [Fact]
    public async Task Loading_gives_the_snapshot_and_the_entries_after_it()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row, 2).WithSnapshot("""{"state":3}"""));
        row = await CommitAsync(Commits.Next(row, 2));

        var loaded = await Instances.LoadAsync(row.Key, Stop);

        Assert.Equal(3, loaded!.Row.SnapshotSequence);
        Assert.Equal("""{"state":3}""", loaded.Snapshot!.Value.Text());
        Assert.Equal([4, 5], loaded.Tail.Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_newer_snapshot_replaces_the_older_one()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row).WithSnapshot("""{"state":2}"""));
        row = await CommitAsync(Commits.Next(row).WithSnapshot("""{"state":3}"""));

        var loaded = await Instances.LoadAsync(row.Key, Stop);

        Assert.Equal("""{"state":3}""", loaded!.Snapshot!.Value.Text());
        Assert.Empty(loaded.Tail);
    }

    [Fact]
    public async Task A_snapshot_may_come_with_the_first_commit()
    {
        var first = Commits.First("one").WithSnapshot("{}");
        await Instances.CreateAsync(first, Stop);

        var loaded = await Instances.LoadAsync(first.Row.Key, Stop);

        Assert.Equal(first.Row, loaded!.Row);
        Assert.Equal("{}", loaded.Snapshot!.Value.Text());
    }

    [Fact]
    public async Task A_stale_version_is_a_conflict_and_nothing_at_all_is_stored()
    {
        var row = await CreateAsync("one");
        var current = await CommitAsync(Commits.Next(row).WithSnapshot("""{"state":2}""") with { AddedTimers = [Commits.Timer("kept", Commits.Noon)] });

        var stale = WithEverything(Commits.Next(row, 2).WithSnapshot("""{"state":"stale"}""")) with { RemovedTimers = ["kept"] };
        Assert.IsType<CommitResult.VersionConflict>(await Instances.CommitAsync(stale, Stop));

        await AssertNothingButAsync(current, entryCount: 2, snapshot: """{"state":2}""");
        Assert.Equal("kept", Assert.Single(await Work.ReadDueTimersAsync(DateTimeOffset.MaxValue, 10, Stop)).Timer.Id);
    }

    [Fact]
    public async Task A_rejected_commit_stores_nothing_at_all()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(Commits.Next(row).WithSnapshot("""{"state":2}""") with { ConsumedInbox = ["used"] });

        var rejected = WithEverything(Commits.Next(row, 2).WithSnapshot("""{"state":"rejected"}"""));
        Assert.Equal(new CommitResult.Rejected("inbox"), await Instances.CommitAsync(rejected with { ConsumedInbox = ["fresh", "used"] }, Stop));

        await AssertNothingButAsync(row, entryCount: 2, snapshot: """{"state":2}""");
        await CommitAsync(Commits.Next(row) with { ConsumedInbox = ["fresh"] });
    }

    [Fact]
    public async Task A_version_ahead_of_the_stored_one_is_a_conflict()
    {
        var row = await CreateAsync("one");
        var skipped = Commits.Next(Commits.Next(row).Row);

        Assert.IsType<CommitResult.VersionConflict>(await Instances.CommitAsync(skipped, Stop));
    }

    [Fact]
    public async Task A_commit_to_an_unknown_instance_is_a_conflict()
    {
        var commit = Commits.Next(Commits.First("nobody").Row);

        Assert.IsType<CommitResult.VersionConflict>(await Instances.CommitAsync(commit, Stop));
        Assert.Null(await Instances.LoadAsync(commit.Row.Key, Stop));
    }

    [Fact]
    public async Task Of_sixteen_committers_of_one_version_exactly_one_is_committed()
    {
        var row = await CreateAsync("one");
        var commits = Enumerable.Range(0, 16).Select(i => Commits.Next(row) with { Messages = [Commits.Message($"message-{i}", 1)] }).ToArray();

        var results = await Task.WhenAll(commits.Select(commit => Task.Run(() => Instances.CommitAsync(commit, Stop))));

        var winner = Assert.Single(commits, commit => results[Array.IndexOf(commits, commit)] is CommitResult.Committed);
        Assert.Equal(15, results.Count(result => result is CommitResult.VersionConflict));
        Assert.Equal(winner.Row, await Queries.FindAsync(row.Key, Stop));
        Assert.Equal(winner.Messages[0].Id, Assert.Single(await Queries.ReadMessagesAsync(row.Key, null, 1, 100, Stop)).Id);
    }

    [Fact]
    public async Task Sixty_four_instances_commit_at_the_same_time_without_disturbing_each_other()
    {
        const int InstanceCount = 64, CommitsEach = 5;

        await Task.WhenAll(Enumerable.Range(0, InstanceCount).Select(i => Task.Run(async () =>
        {
            var row = await CreateAsync($"instance-{i}");
            for (var commit = 0; commit < CommitsEach; commit++)
            {
                row = await CommitAsync(Commits.Next(row, 2) with { Messages = [Commits.Message($"message-{i}-{commit}", commit + 1)] });
            }
        }, Stop)));

        for (var i = 0; i < InstanceCount; i++)
        {
            var loaded = await Instances.LoadAsync(new InstanceKey("", $"instance-{i}"), Stop);
            Assert.Equal(1 + CommitsEach, loaded!.Row.Version);
            Assert.Equal(Enumerable.Range(1, 1 + (2 * CommitsEach)).Select(n => (long)n), loaded.Tail.Select(entry => entry.Sequence));
        }
    }

    [Fact]
    public async Task A_stimulus_is_used_up_once()
    {
        var row = await CreateAsync("one");
        await Work.EnqueueAsync(Commits.Stimulus("s", row.Key), Stop);
        row = await CommitAsync(Commits.Next(row) with { ConsumedInbox = ["s"] });

        Assert.Equal(new CommitResult.Rejected("inbox"), await Instances.CommitAsync(Commits.Next(row) with { ConsumedInbox = ["s"] }, Stop));
        Assert.Equal(new CommitResult.Rejected("inbox"), await Instances.CommitAsync(Commits.Next(row) with { ConsumedInbox = ["t", "t"] }, Stop));
    }

    [Fact]
    public async Task A_stale_version_is_a_conflict_even_where_its_stimulus_was_used_up()
    {
        var row = await CreateAsync("one");
        await CommitAsync(Commits.Next(row) with { ConsumedInbox = ["s"] });

        Assert.IsType<CommitResult.VersionConflict>(await Instances.CommitAsync(Commits.Next(row) with { ConsumedInbox = ["s"] }, Stop));
    }

    [Fact]
    public async Task The_same_stimulus_id_counts_once_for_each_instance()
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two");

        await CommitAsync(Commits.Next(one) with { ConsumedInbox = ["s"] });
        await CommitAsync(Commits.Next(two) with { ConsumedInbox = ["s"] });
    }

    [Fact]
    public async Task Ids_that_are_unique_in_a_tenant_are_rejected_by_name_where_another_instance_has_them()
    {
        var one = await CreateAsync("one");
        var two = await CreateAsync("two");
        await CommitAsync(WithEverything(Commits.Next(one)));

        Assert.Equal(new CommitResult.Rejected("bookmark"), await Instances.CommitAsync(Commits.Next(two) with { Bookmarks = [Commits.Bookmark("b")] }, Stop));
        Assert.Equal(new CommitResult.Rejected("message"), await Instances.CommitAsync(Commits.Next(two) with { Messages = [Commits.Message("m", 1)] }, Stop));
        Assert.Equal(new CommitResult.Rejected("call"), await Instances.CommitAsync(Commits.Next(two) with { Calls = [Commits.Call("c")] }, Stop));
        await AssertNothingButAsync(two, entryCount: 1, snapshot: null, elsewhere: true);
    }

    [Fact]
    public async Task A_message_and_an_outbox_row_are_stored_once()
    {
        var row = await CreateAsync("one");
        row = await CommitAsync(WithEverything(Commits.Next(row)));

        Assert.Equal(new CommitResult.Rejected("message"), await Instances.CommitAsync(Commits.Next(row) with { Messages = [Commits.Message("m", 2)] }, Stop));
        Assert.Equal(new CommitResult.Rejected("message"), await Instances.CommitAsync(Commits.Next(row) with { Messages = [Commits.Message("n", 1)] }, Stop));
        Assert.Equal(new CommitResult.Rejected("outbox"), await Instances.CommitAsync(Commits.Next(row) with { Outbox = [Commits.Outbox("o")] }, Stop));
    }

    [Fact]
    public async Task An_entry_of_a_stored_sequence_is_rejected()
    {
        var row = await CreateAsync("one");
        var overlapping = Commits.Next(row, 0) with { Entries = [Commits.Entry(1)] };

        Assert.Equal(new CommitResult.Rejected("sequence"), await Instances.CommitAsync(overlapping, Stop));
    }

    [Fact]
    public async Task Payloads_come_back_byte_for_byte()
    {
        byte[] small = [0, 1, 2, 255], empty = [];
        var first = Commits.First("one") with { Payloads = Commits.Payloads(small, empty) };
        await Instances.CreateAsync(first, Stop);

        var read = await Instances.ReadPayloadsAsync(first.Row.Key, [Commits.Hash(small), Commits.Hash(empty)], Stop);

        Assert.Equal(2, read.Count);
        Assert.Equal(small, read[Commits.Hash(small)].ToArray());
        Assert.Empty(read[Commits.Hash(empty)].ToArray());
        Assert.Empty(await Instances.ReadPayloadsAsync(first.Row.Key, [], Stop));
    }

    [Fact]
    public async Task A_payload_that_is_stored_already_stays()
    {
        byte[] value = [1, 2, 3];
        var first = Commits.First("one") with { Payloads = Commits.Payloads(value) };
        await Instances.CreateAsync(first, Stop);

        await CommitAsync(Commits.Next(first.Row) with { Payloads = Commits.Payloads(value, [4]) });

        var read = await Instances.ReadPayloadsAsync(first.Row.Key, [Commits.Hash(value), Commits.Hash([4])], Stop);
        Assert.Equal(value, read[Commits.Hash(value)].ToArray());
    }

    [Fact]
    public async Task A_payload_of_five_megabytes_is_ordinary()
    {
        var large = new byte[5 * 1024 * 1024];
        new Random(17).NextBytes(large);
        var first = Commits.First("one") with { Payloads = Commits.Payloads(large) };
        await Instances.CreateAsync(first, Stop);

        var read = await Instances.ReadPayloadsAsync(first.Row.Key, [Commits.Hash(large)], Stop);

        Assert.True(read[Commits.Hash(large)].Span.SequenceEqual(large));
    }

    [Fact]
    public async Task A_payload_that_was_not_committed_for_the_instance_is_corruption()
    {
        byte[] value = [1, 2, 3];
        await Instances.CreateAsync(Commits.First("one") with { Payloads = Commits.Payloads(value) }, Stop);
        var other = await CreateAsync("two");

        await Assert.ThrowsAsync<StoreCorruptException>(() => Instances.ReadPayloadsAsync(other.Key, [Commits.Hash(value)], Stop));
        await Assert.ThrowsAsync<StoreCorruptException>(() => Instances.ReadPayloadsAsync(new InstanceKey("", "nobody"), [Commits.Hash(value)], Stop));
    }

    [Fact]
    public async Task What_is_stored_does_not_change_with_the_callers_buffers()
    {
        var buffer = "{\"a\":1}"u8.ToArray();
        var first = Commits.First("one") with
        {
            Entries = [Commits.Entry(1) with { Data = buffer.AsMemory() }],
            Bookmarks = [Commits.Bookmark("b") with { Payload = buffer.AsMemory(0, 4) }],
        };
        await Instances.CreateAsync(first, Stop);
        Array.Fill(buffer, (byte)'x');

        Assert.Equal("{\"a\":1}", (await Instances.LoadAsync(first.Row.Key, Stop))!.Tail[0].Data.Text());
        Assert.Equal("{\"a\"", (await Queries.FindBookmarkAsync("", "b", Stop))!.Value.Bookmark.Payload.Text());
    }

    [Fact]
    public async Task Tenants_do_not_see_or_disturb_each_other()
    {
        var red = await CreateAsync("one", "red", row => row with { ActivationKey = "key" });
        var blue = await CreateAsync("one", "blue", row => row with { ActivationKey = "key" });

        red = await CommitAsync(WithEverything(Commits.Next(red, 2)));
        blue = await CommitAsync(WithEverything(Commits.Next(blue).WithSnapshot("{}")));

        Assert.Equal(red, (await Instances.LoadAsync(red.Key, Stop))!.Row);
        Assert.Equal(blue, (await Instances.LoadAsync(blue.Key, Stop))!.Row);
        Assert.Null(await Instances.LoadAsync(new InstanceKey("", "one"), Stop));
        Assert.Single(await Instances.ReadPayloadsAsync(red.Key, [Commits.Hash([9])], Stop));
        await Assert.ThrowsAsync<StoreCorruptException>(() => Instances.ReadPayloadsAsync(new InstanceKey("", "one"), [Commits.Hash([9])], Stop));
    }

    [Fact]
    public async Task A_commit_that_contradicts_itself_is_refused()
    {
        var row = await CreateAsync("one");
        var next = Commits.Next(row);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => Instances.CreateAsync(next, Stop));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Instances.CommitAsync(next with { ExpectedVersion = 7 }, Stop));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Instances.CommitAsync(next with { Entries = [Commits.Entry(5)] }, Stop));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Instances.CommitAsync(next with { Row = next.Row with { CommitId = Guid.Empty } }, Stop));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Instances.CommitAsync(next with { Snapshot = Commits.Utf8("{}") }, Stop));
        Assert.Equal(row, await Queries.FindAsync(row.Key, Stop));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_stores_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var first = Commits.First("one");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Instances.CreateAsync(first, cancelled.Token));

        Assert.Null(await Queries.FindAsync(first.Row.Key, Stop));
    }

    private static InstanceRow Finish(InstanceRow row) => row with
    {
        Status = InstanceStatus.Finished,
        SubStatus = InstanceSubStatus.Finished,
        FinishedAt = row.UpdatedAt,
    };

    private static InstanceCommit WithEverything(InstanceCommit commit) => commit with
    {
        Bookmarks = [Commits.Bookmark("b")],
        AddedTimers = [Commits.Timer("t", Commits.Noon)],
        Messages = [Commits.Message("m", 1)],
        Calls = [Commits.Call("c")],
        Outbox = [Commits.Outbox("o")],
        ConsumedInbox = ["consumed"],
        Payloads = Commits.Payloads([9]),
    };

    /// <param name="elsewhere">Whether another instance has what <see cref="WithEverything"/> adds.</param>
    private async Task AssertNothingButAsync(InstanceRow row, int entryCount, string? snapshot, bool elsewhere = false)
    {
        var loaded = await Instances.LoadAsync(row.Key, Stop);
        Assert.Equal(row, loaded!.Row);
        Assert.Equal(snapshot, loaded.Snapshot?.Text());
        Assert.Equal(entryCount, (await Queries.ReadJournalAsync(row.Key, 1, 100, Stop)).Count);
        Assert.Empty(await Queries.ReadBookmarksAsync(row.Key, Stop));
        Assert.Empty(await Queries.ReadMessagesAsync(row.Key, null, 1, 100, Stop));
        Assert.Empty(await Queries.ReadCallsAsync(row.Key, Stop));
        await Assert.ThrowsAsync<StoreCorruptException>(() => Instances.ReadPayloadsAsync(row.Key, [Commits.Hash([9])], Stop));
        if (!elsewhere)
        {
            Assert.Null(await Queries.FindBookmarkAsync(row.Key.TenantId, "b", Stop));
            Assert.Empty(await Work.ReadOutboxAsync(100, Stop));
            Assert.DoesNotContain(await Work.ReadDueTimersAsync(DateTimeOffset.MaxValue, 100, Stop), due => due.Timer.Id == "t");
            Assert.True(await Work.EnqueueAsync(Commits.Stimulus("consumed", row.Key), Stop));
        }
    }

    private static void AssertEntries(IEnumerable<EntryRow> expected, IEnumerable<EntryRow> actual) =>
        Assert.Equal(expected.Select(Readable), actual.Select(Readable));

    /// <summary>Records compare memory by reference; text compares by content.</summary>
    private static (long, string, DateTimeOffset, long, string) Readable(EntryRow entry) =>
        (entry.Sequence, entry.Type, entry.Time, entry.ExecutionId, entry.Data.Text());
}
