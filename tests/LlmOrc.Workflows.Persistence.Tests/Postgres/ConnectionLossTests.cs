using System.Globalization;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

/// <summary>Networks that break and servers that end, at the worst moments.</summary>
public sealed class ConnectionLossTests(PostgresServer server) : PostgresTest(server)
{
    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_unknown_and_found_by_its_id()
    {
        await using var proxy = new LossyProxy(Server.SocketPath);
        var store = Open(address: Through(proxy));
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        var next = Commits.Next(first.Row);

        proxy.LoseNext(CommitLoss.Answer);
        var result = await store.CommitAsync(next, Stop);

        Assert.IsType<CommitResult.Unknown>(result);
        Assert.Equal(next.Row.CommitId, (await store.FindAsync(first.Row.Key, Stop))!.CommitId);
        Assert.IsType<CommitResult.VersionConflict>(await store.CommitAsync(next, Stop));
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(Commits.Next(next.Row), Stop));
    }

    [Fact]
    public async Task A_commit_that_did_not_arrive_is_unknown_and_can_be_repeated()
    {
        await using var proxy = new LossyProxy(Server.SocketPath);
        var store = Open(address: Through(proxy));
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        var next = Commits.Next(first.Row);

        proxy.LoseNext(CommitLoss.Request);
        var result = await store.CommitAsync(next, Stop);

        Assert.IsType<CommitResult.Unknown>(result);
        Assert.Equal(first.Row.CommitId, (await store.FindAsync(first.Row.Key, Stop))!.CommitId);
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(next, Stop));
    }

    [Theory]
    [InlineData(CommitLoss.Request)]
    [InlineData(CommitLoss.Answer)]
    public async Task A_creation_whose_answer_was_lost_is_settled_by_repeating_it(CommitLoss loss)
    {
        await using var proxy = new LossyProxy(Server.SocketPath);
        var store = Open(address: Through(proxy));
        var first = Commits.First("one", change: row => row with { ActivationKey = "pull-17" });

        proxy.LoseNext(loss);
        Assert.IsType<CommitResult.Unknown>(await store.CreateAsync(first, Stop));

        var again = await store.CreateAsync(first, Stop);
        Assert.Equal(loss == CommitLoss.Answer ? new CommitResult.Rejected("instance") : CommitResult.Committed.Instance, again);
        Assert.Equal(first.Row, await store.FindAsync(first.Row.Key, Stop));
    }

    [Fact]
    public async Task A_connection_that_is_killed_before_the_commit_has_certainly_stored_nothing()
    {
        var store = Open("Application Name=victim");
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        var next = Commits.Next(first.Row);
        await using var other = await ConnectAsync();
        await RunAsync(other, "BEGIN");
        await RunAsync(other, "SELECT 1 FROM instances FOR UPDATE");

        var commit = store.CommitAsync(next, Stop);
        await UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'victim' AND wait_event_type = 'Lock'", "1");
        await RunAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim' AND wait_event_type = 'Lock'");

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => commit);
        Assert.Contains("Nothing was stored", error.Message);
        await RunAsync(other, "ROLLBACK");
        Assert.Equal(first.Row, await store.FindAsync(first.Row.Key, Stop));
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(next, Stop));
    }

    [Fact]
    public async Task A_commit_that_waits_too_long_for_another_is_refused_and_can_be_repeated()
    {
        var store = Open("Command Timeout=1");
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        await using var other = await ConnectAsync();
        await RunAsync(other, "BEGIN");
        await RunAsync(other, "SELECT 1 FROM instances FOR UPDATE");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Commits.Next(first.Row), Stop));

        await RunAsync(other, "ROLLBACK");
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(Commits.Next(first.Row), Stop));
    }

    [Fact]
    public async Task A_commit_that_is_cancelled_on_its_way_has_stored_nothing()
    {
        var store = Open("Application Name=cancelled");
        var first = Commits.First("one");
        await store.CreateAsync(first, Stop);
        await using var other = await ConnectAsync();
        await RunAsync(other, "BEGIN");
        await RunAsync(other, "SELECT 1 FROM instances FOR UPDATE");
        using var cancel = new CancellationTokenSource();

        var commit = store.CommitAsync(Commits.Next(first.Row), cancel.Token);
        await UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cancelled' AND wait_event_type = 'Lock'", "1");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit);
        await RunAsync(other, "ROLLBACK");
        Assert.Equal(first.Row, await store.FindAsync(first.Row.Key, Stop));
    }

    [Fact]
    public async Task Connections_killed_at_random_lose_and_double_nothing()
    {
        const int InstanceCount = 6, CommitCount = 40;
        var store = Open("Application Name=hunted");
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var (unknown, unavailable) = (0, 0);
        var killing = KillAsync(done.Token);

        await Task.WhenAll(Enumerable.Range(0, InstanceCount).Select(i => Task.Run(async () =>
        {
            var row = (await SettleAsync(Commits.First($"instance-{i}"))).Row;
            for (var n = 1; n <= CommitCount; n++)
            {
                row = (await SettleAsync(Commits.Next(row, 2) with { Messages = [Commits.Message($"{i}-{n}", n)] })).Row;
            }
        }, Stop)));
        await done.CancelAsync();
        var kills = await killing;

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} connections killed: {unavailable} commits refused, {unknown} unknown");
        Assert.True(kills > 0);
        for (var i = 0; i < InstanceCount; i++)
        {
            var stored = await PatientlyAsync(() => store.LoadAsync(new("", $"instance-{i}"), Stop));
            Assert.Equal(1 + CommitCount, stored!.Row.Version);
            Assert.Equal(1 + (2 * CommitCount), stored.Tail.Count);
            Assert.Equal(CommitCount, (await PatientlyAsync(() => store.ReadMessagesAsync(stored.Row.Key, null, 1, 1000, Stop))).Count);
        }

        // As the engine does it.
        async Task<InstanceCommit> SettleAsync(InstanceCommit commit)
        {
            while (true)
            {
                try
                {
                    var result = commit.ExpectedVersion == 0 ? await store.CreateAsync(commit, Stop) : await store.CommitAsync(commit, Stop);
                    if (result is CommitResult.Committed)
                    {
                        return commit;
                    }

                    Interlocked.Add(ref unknown, result is CommitResult.Unknown ? 1 : 0);
                    var row = await PatientlyAsync(() => store.FindAsync(commit.Row.Key, Stop));
                    if (row?.CommitId == commit.Row.CommitId)
                    {
                        return commit;
                    }

                    Assert.IsType<CommitResult.Unknown>(result);
                    Assert.Equal(commit.ExpectedVersion, row?.Version ?? 0);
                }
                catch (StoreUnavailableException)
                {
                    Interlocked.Increment(ref unavailable);
                }
            }
        }

        async Task<int> KillAsync(CancellationToken cancellationToken)
        {
            await using var killer = await ConnectAsync();
            var count = 0;
            while (!cancellationToken.IsCancellationRequested)
            {
                // One that is at work, so that the others get on.
                count += await RunAsync(killer, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hunted' AND state <> 'idle' ORDER BY random() LIMIT 1") is "True" ? 1 : 0;
                await RunAsync(killer, "SELECT pg_sleep(random() * 0.03)");
            }

            return count;
        }
    }

    [Fact]
    public async Task A_server_that_crashed_and_was_started_anew_goes_on_with_all_that_was_committed()
    {
        await using var own = new PostgresServer();
        var store = Open(address: await own.NewDatabaseAsync(Stop));
        var rows = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var commit = Commits.First($"instance-{i}");
            await store.CreateAsync(commit, Stop);
            return commit.Row;
        }));

        await own.StopAsync(isCrash: true);
        var away = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(Commits.Next(rows[0]), Stop));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.EnqueueAsync(Commits.Stimulus("s", rows[0].Key), Stop));
        await own.StartAsync(Stop);

        Assert.Contains("the store goes on by itself", away.Message);
        // The connections from before are still in the pool, and dead: reads must not notice.
        Assert.Equal(rows[1], await store.FindAsync(rows[1].Key, Stop));
        foreach (var row in rows)
        {
            Assert.Equal(row, (await store.LoadAsync(row.Key, Stop))!.Row);
            Assert.IsType<CommitResult.Committed>(await PatientlyAsync(() => store.CommitAsync(Commits.Next(row), Stop)));
        }
    }

    private string Through(LossyProxy proxy) =>
        Address.Replace($"Host={Path.GetDirectoryName(Server.SocketPath)}", string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={proxy.Port};SSL Mode=Disable;GSS Encryption Mode=Disable"), StringComparison.Ordinal);

    private static async Task<T> PatientlyAsync<T>(Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException) when (attempt < 20)
            {
                // As everybody who asks a store.
            }
        }
    }

    /// <summary>Asks until the answer is the expected one.</summary>
    private async Task UntilAsync(string sql, string expected)
    {
        await using var connection = await ConnectAsync();
        while (await RunAsync(connection, sql) != expected)
        {
            Stop.ThrowIfCancellationRequested();
        }
    }
}
