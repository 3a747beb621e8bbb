using System.Text.Json;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Client;

/// <summary>Watching through a line that is cut, and over restarts of the server.</summary>
public sealed class WatchTests
{
    private static readonly LlmOrcClientOptions Options = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watcher_whose_line_is_cut_again_and_again_sees_exactly_the_journal()
    {
        await using var server = await RunningServer.StartAsync(e => e.SayAsync("Here it is."), ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("turn", cancellationToken: Stop);
        var journal = await client.ReadJournalAsync(run.Id, cancellationToken: Stop).ToListAsync(Stop);
        // Enough for the longest event, and seldom for two.
        line.CutAfter = journal.Max(e => JsonSerializer.Serialize(e, Values.Json).Length) + 200;

        var seen = await client.WatchAsync(run.Id, cancellationToken: Stop).ToListAsync(Stop);

        Assert.Equal(journal.Select(e => (e.Sequence, e.Type, e.Entry.GetRawText())), seen.OfType<RunEvent.Committed>().Select(e => (e.Entry.Sequence, e.Entry.Type, e.Entry.Entry.GetRawText())));
        Assert.NotEmpty(seen.OfType<RunEvent.Interrupted>());
    }

    [Fact]
    public async Task A_watcher_outlives_restarts_of_the_server_and_misses_nothing()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("asks", cancellationToken: Stop);
        var entries = new List<RunEntry>();

        await foreach (var @event in client.WatchAsync(run.Id, cancellationToken: Stop))
        {
            if (@event is not RunEvent.Committed { Entry: var entry })
                continue;
            entries.Add(entry);
            if (entry.Type != "activity-suspended")
                continue;
            await server.RestartAsync();
            await server.RestartAsync();
            await client.AnswerAsync(run.Bookmarks[0].Id, JsonSerializer.SerializeToElement(7), cancellationToken: Stop);
        }

        Assert.Equal(Enumerable.Range(1, entries.Count).Select(n => (long)n), entries.Select(e => e.Sequence));
        Assert.Equal("instance-finished", entries[^1].Type);
    }

    [Fact]
    public async Task Words_of_a_turn_in_flight_are_not_repeated_after_a_cut()
    {
        var said = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        await using var server = await RunningServer.StartAsync(
            async exchange =>
            {
                await exchange.TokenAsync("one ");
                await said[0].Task;
                await exchange.TokenAsync("two ");
                await said[1].Task;
                await exchange.DoneAsync();
            },
            ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("turn", new() { Wait = TimeSpan.Zero }, Stop);

        var heard = new List<string>();
        await foreach (var @event in client.WatchAsync(run.Id, cancellationToken: Stop))
        {
            if (@event is not RunEvent.Token token)
                continue;
            heard.Add(token.Text);
            // The turn goes on, and its reader comes back.
            if (heard.Count == 1)
                line.CutNow();
            if (heard.Count <= said.Length)
                said[heard.Count - 1].SetResult();
        }

        Assert.Equal(["one ", "two "], heard);
    }

    [Fact]
    public async Task A_watcher_that_asked_for_it_ends_where_the_run_waits()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("asks", new() { Wait = TimeSpan.Zero }, Stop);

        var seen = await client.WatchAsync(run.Id, until: WatchUntil.Rest, cancellationToken: Stop).OfType<RunEvent.Committed>().ToListAsync(Stop);
        var again = await client.WatchAsync(run.Id, seen[^1].Entry.Sequence, WatchUntil.Rest, Stop).ToListAsync(Stop);

        Assert.Equal(RunSubStatus.Suspended, (await client.ShowAsync(run.Id, cancellationToken: Stop)).SubStatus);
        Assert.Equal(seen.Count, (await client.ShowAsync(run.Id, cancellationToken: Stop)).LastSequence);
        Assert.Empty(again);
    }

    [Fact]
    public async Task A_faulted_run_is_over_for_its_watcher_and_one_that_was_retried_is_not()
    {
        var isUp = false;
        await using var server = await RunningServer.StartAsync(e => isUp ? e.SayAsync("Now.") : e.FailAsync(400, "no"), ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("turn", cancellationToken: Stop);

        var before = await client.WatchAsync(run.Id, cancellationToken: Stop).OfType<RunEvent.Committed>().ToListAsync(Stop);
        isUp = true;
        await client.RetryAsync(run.Id, Stop);
        var after = await client.WatchAsync(run.Id, cancellationToken: Stop).OfType<RunEvent.Committed>().ToListAsync(Stop);
        var nothing = await client.WatchAsync(run.Id, after[^1].Entry.Sequence, cancellationToken: Stop).ToListAsync(Stop);

        Assert.Equal("instance-finished", before[^1].Entry.Type);
        Assert.Equal(["Faulted", "Finished"], after.Where(e => e.Entry.Type == "instance-finished").Select(e => e.Entry.Entry.GetProperty("subStatus").GetString()));
        Assert.Empty(nothing);
    }

    [Fact]
    public async Task A_server_that_stays_away_ends_the_watch_with_its_time()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server) { LosesAnswer = _ => true };
        using var client = line.Client(Options with { ReconnectFor = TimeSpan.FromMilliseconds(400) });

        var interruptions = 0;
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            await foreach (var _ in client.WatchAsync("r", cancellationToken: Stop))
                interruptions++;
        });

        Assert.InRange(interruptions, 1, 4);
    }

    [Fact]
    public async Task What_comes_over_the_wire_is_read_back_as_the_entry_it_was()
    {
        await using var server = await RunningServer.StartAsync(e => e.SayAsync("Here it is."), ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("turn", cancellationToken: Stop);

        await foreach (var entry in client.ReadJournalAsync(run.Id, cancellationToken: Stop))
        {
            var read = EntryJson.Read(entry.Entry, entry.Sequence, entry.Time);
            Assert.Equal((entry.Sequence, entry.Time), (read.Sequence, read.Time));
            Assert.Equal(entry.Entry.GetRawText(), EntryJson.Write(read).GetRawText());
        }
    }
}
