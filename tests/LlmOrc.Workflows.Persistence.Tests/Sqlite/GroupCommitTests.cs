using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class GroupCommitTests : IAsyncLifetime
{
    private readonly TemporaryDatabase _database = new();

    // The first transaction ends when the test lets it; what comes meanwhile has to share the next.
    private readonly TaskCompletionSource _firstMayEnd = new();
    private readonly TaskCompletionSource _firstIsWritten = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _firstMayEnd.TrySetResult();
        return _database.DisposeAsync();
    }

    [Fact]
    public async Task Commits_that_wait_share_one_transaction()
    {
        var store = await OpenAtFirstTransactionAsync();

        var creations = Enumerable.Range(0, 64).Select(i => store.CreateAsync(Commits.First($"instance-{i}"), Stop)).ToArray();
        _firstMayEnd.SetResult();

        Assert.All(await Task.WhenAll(creations), result => Assert.IsType<CommitResult.Committed>(result));
        Assert.Equal(2, store.TransactionCount);
    }

    [Fact]
    public async Task No_answer_comes_before_the_transaction_ends()
    {
        var store = await OpenAtFirstTransactionAsync();
        var creation = store.CreateAsync(Commits.First("one"), Stop);

        Assert.False(creation.IsCompleted);
        Assert.Null(await store.FindAsync(new InstanceKey("", "first"), Stop));

        _firstMayEnd.SetResult();
        Assert.IsType<CommitResult.Committed>(await creation);
    }

    [Fact]
    public async Task A_conflict_and_a_rejection_fail_alone()
    {
        var store = await OpenAtFirstTransactionAsync();
        var first = Commits.First("first").Row;

        var before = store.CreateAsync(Commits.First("before"), Stop);
        var conflict = store.CommitAsync(Commits.Next(Commits.Next(first).Row) with { Messages = [Commits.Message("m", 1)] }, Stop);
        var winner = store.CommitAsync(Commits.Next(first) with { Messages = [Commits.Message("m", 1)], ConsumedInbox = ["s"] }, Stop);
        var rejected = store.CreateAsync(Commits.First("first") with { Bookmarks = [Commits.Bookmark("b")] }, Stop);
        var usedUp = store.CreateAsync(Commits.First("used") with { Bookmarks = [Commits.Bookmark("b")], ConsumedInbox = ["t", "t"] }, Stop);
        var after = store.CreateAsync(Commits.First("after") with { Bookmarks = [Commits.Bookmark("b")] }, Stop);
        _firstMayEnd.SetResult();

        Assert.IsType<CommitResult.Committed>(await before);
        Assert.IsType<CommitResult.VersionConflict>(await conflict);
        Assert.IsType<CommitResult.Committed>(await winner);
        Assert.Equal(new CommitResult.Rejected("instance"), await rejected);
        Assert.Equal(new CommitResult.Rejected("inbox"), await usedUp);
        Assert.IsType<CommitResult.Committed>(await after);
        Assert.Equal(2, store.TransactionCount);
        Assert.Equal("after", (await store.FindBookmarkAsync("", "b", Stop))!.Value.Instance.InstanceId);
        Assert.Null(await store.FindAsync(new InstanceKey("", "used"), Stop));
    }

    [Fact]
    public async Task What_the_database_refuses_fails_alone()
    {
        var store = await OpenAtFirstTransactionAsync();

        var refused = store.CreateAsync(Commits.First("refused") with { Entries = [Commits.Entry(1) with { Type = null! }] }, Stop);
        var lease = store.TryAcquireLeaseAsync(new InstanceKey("", "first"), Commits.Alice, Commits.Noon, Commits.Noon.AddSeconds(30), Stop);
        _firstMayEnd.SetResult();

        await Assert.ThrowsAsync<SqliteException>(() => refused);
        Assert.Equal(Commits.Alice, (await lease)!.Owner);
        Assert.Null(await store.FindAsync(new InstanceKey("", "refused"), Stop));
    }

    [Fact]
    public async Task One_transaction_is_bounded_in_bytes()
    {
        var store = await OpenAtFirstTransactionAsync();

        var creations = Enumerable.Range(0, 4).Select(i =>
            store.CreateAsync(Commits.First($"instance-{i}") with { Payloads = Commits.Payloads(new byte[5 * 1024 * 1024]) }, Stop)).ToArray();
        _firstMayEnd.SetResult();

        Assert.All(await Task.WhenAll(creations), result => Assert.IsType<CommitResult.Committed>(result));
        Assert.Equal(3, store.TransactionCount);
    }

    [Fact]
    public async Task A_caller_that_gives_up_while_it_waits_leaves_nothing()
    {
        var store = await OpenAtFirstTransactionAsync();
        using var impatient = new CancellationTokenSource();

        var cancelled = store.CreateAsync(Commits.First("cancelled"), impatient.Token);
        var patient = store.CreateAsync(Commits.First("patient"), Stop);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _firstMayEnd.SetResult();

        Assert.IsType<CommitResult.Committed>(await patient);
        Assert.Null(await store.FindAsync(new InstanceKey("", "cancelled"), Stop));
    }

    [Fact]
    public async Task A_caller_that_gives_up_too_late_gets_the_true_answer()
    {
        using var impatient = new CancellationTokenSource();
        var store = _database.Open(commit: CommitWhenAllowed);
        var begun = store.CreateAsync(Commits.First("begun"), impatient.Token);
        await _firstIsWritten.Task;

        await impatient.CancelAsync();
        _firstMayEnd.SetResult();

        Assert.IsType<CommitResult.Committed>(await begun);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_answer_is_unknown_to_all_and_the_commit_id_tells(bool isStored)
    {
        var mayLose = false;
        var store = _database.Open(commit: statements =>
        {
            if (!mayLose || isStored)
            {
                statements.Execute("COMMIT");
            }

            if (mayLose)
            {
                mayLose = false;
                throw new SqliteException("The flush failed.", raw.SQLITE_IOERR, raw.SQLITE_IOERR_FSYNC);
            }
        });
        var row = Commits.First("one").Row;
        await store.CreateAsync(Commits.First("one"), Stop);
        mayLose = true;

        var next = Commits.Next(row);
        var result = await store.CommitAsync(next, Stop);

        Assert.IsType<SqliteException>(Assert.IsType<CommitResult.Unknown>(result).Cause);
        Assert.Equal(isStored, (await store.FindAsync(row.Key, Stop))!.CommitId == next.Row.CommitId);
        Assert.Equal(
            isStored ? CommitResult.VersionConflict.Instance : CommitResult.Committed.Instance,
            await store.CommitAsync(next, Stop));
    }

    [Fact]
    public async Task A_lost_answer_of_other_writes_says_that_they_can_be_repeated()
    {
        var mayLose = true;
        var store = _database.Open(commit: statements =>
        {
            statements.Execute("COMMIT");
            if (mayLose)
            {
                mayLose = false;
                throw new SqliteException("The flush failed.", raw.SQLITE_IOERR, raw.SQLITE_IOERR_FSYNC);
            }
        });
        var stimulus = Commits.Stimulus("s", new InstanceKey("", "one"));

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.EnqueueAsync(stimulus, Stop));

        Assert.Contains("repeated", error.Message);
        Assert.False(await store.EnqueueAsync(stimulus, Stop));
        Assert.Single(await store.ReadInboxAsync(stimulus.Instance, 10, Stop));
    }

    [Fact]
    public async Task A_certain_failure_fails_all_of_the_transaction_and_the_next_one_succeeds()
    {
        var failures = 1;
        var store = _database.Open(commit: statements =>
        {
            if (failures-- > 0)
            {
                throw new SqliteException("full", raw.SQLITE_FULL);
            }

            statements.Execute("COMMIT");
        });

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CreateAsync(Commits.First("one"), Stop));

        Assert.Contains("Nothing was stored", error.Message);
        Assert.Null(await store.FindAsync(new InstanceKey("", "one"), Stop));
        Assert.IsType<CommitResult.Committed>(await store.CreateAsync(Commits.First("one"), Stop));
    }

    [Fact]
    public async Task Closing_writes_what_waits_and_then_refuses()
    {
        var store = await OpenAtFirstTransactionAsync();
        var creations = Enumerable.Range(0, 200).Select(i => store.CreateAsync(Commits.First($"instance-{i}"), Stop)).ToArray();

        var closing = Task.Run(store.Dispose, Stop);
        _firstMayEnd.SetResult();
        await closing;

        Assert.All(await Task.WhenAll(creations), result => Assert.IsType<CommitResult.Committed>(result));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.CreateAsync(Commits.First("late"), Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.FindAsync(new InstanceKey("", "first"), Stop));
        Assert.NotNull(await _database.Open().FindAsync(new InstanceKey("", "instance-199"), Stop));
    }

    /// <summary>A store whose first transaction is written and waits for <see cref="_firstMayEnd"/>.</summary>
    private async Task<SqliteStore> OpenAtFirstTransactionAsync()
    {
        var store = _database.Open(commit: CommitWhenAllowed);
        _ = store.CreateAsync(Commits.First("first"), Stop);
        await _firstIsWritten.Task;
        return store;
    }

    private void CommitWhenAllowed(Statements statements)
    {
        _firstIsWritten.TrySetResult();
        _firstMayEnd.Task.Wait(Stop);
        statements.Execute("COMMIT");
    }
}
