using System.Net;
using System.Text.Json;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Client;

/// <summary>The typed client against the real server: every call, and what it makes of refusals and lost answers.</summary>
public sealed class ClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_started_read_and_told_of()
    {
        await using var server = await RunningServer.StartAsync(e => e.SayAsync("Here it is."), ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();

        var workflows = await client.ListWorkflowsAsync(Stop);
        var run = await client.StartAsync("turn", new() { Name = "first", CorrelationId = "c-1" }, Stop);
        var shown = await client.ShowAsync(run.Id, cancellationToken: Stop);
        var light = await client.ShowAsync(run.Id, withTree: false, Stop);
        var journal = await client.ReadJournalAsync(run.Id, cancellationToken: Stop).ToListAsync(Stop);
        var messages = await client.ReadMessagesAsync(run.Id, cancellationToken: Stop).ToListAsync(Stop);

        Assert.Empty(ClientDocuments.All.Keys.Except(workflows.Select(w => w.Name)));
        Assert.Equal(("title", "String", false), workflows.Single(w => w.Name == "pr-review").Inputs!.Where(i => i.Name == "title").Select(i => (i.Name, i.Type, i.IsRequired)).Single());
        Assert.Equal((RunStatus.Finished, RunSubStatus.Finished, "first", "c-1"), (run.Status, run.SubStatus, run.Name, run.CorrelationId));
        Assert.Equal("Here it is.", run.Output!.Value.GetProperty("said").GetString());
        Assert.Equal(1, run.Usage!.Calls);
        Assert.Equal(("ada", "Done"), shown.Activities.Where(a => a.Activity == "turn").Select(a => (a.Agent, a.State)).Single());
        Assert.Empty(light.Activities);
        Assert.Equal(Enumerable.Range(1, (int)shown.LastSequence).Select(n => (long)n), journal.Select(e => e.Sequence));
        Assert.Equal([("prompt", 1L), ("reply", 2L)], messages.Select(m => (m.Kind, m.Sequence)));
        Assert.Equal(ClientDocuments.All["turn"].ToArray(), (await client.ReadDocumentAsync(run.Id, Stop)).ToArray());
    }

    [Fact]
    public async Task Lists_are_read_page_by_page_to_their_end()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        foreach (var id in (string[])["a-1", "a-2", "a-3", "b-1"])
            await client.StartAsync("asks", new() { Id = id }, Stop);

        Assert.Equal(["b-1", "a-3", "a-2", "a-1"], await client.ListRunsAsync(new() { PageSize = 1 }, Stop).Select(r => r.Id).ToListAsync(Stop));
        Assert.Equal(["a-3", "a-2", "a-1"], await client.ListRunsAsync(new() { PageSize = 2, IdPrefix = "a-", SubStatus = RunSubStatus.Suspended }, Stop).Select(r => r.Id).ToListAsync(Stop));
        Assert.Equal(["a-1"], await client.ListRunsAsync(new() { After = "a-2" }, Stop).Select(r => r.Id).ToListAsync(Stop));
        Assert.Equal(["a-1", "a-2", "a-3", "b-1"], await client.ListBookmarksAsync(RunBookmark.Question, Stop).Select(b => b.Run).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_question_is_answered_once_and_refusals_say_why()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var run = await client.StartAsync("asks", cancellationToken: Stop);
        var question = Assert.Single(run.Bookmarks);

        var misfit = await Assert.ThrowsAsync<LlmOrcApiException>(() => client.AnswerAsync(question.Id, "many", cancellationToken: Stop));
        Assert.Equal(run.Id, await client.AnswerAsync(question.Id, JsonSerializer.SerializeToElement(3), "key", Stop));
        Assert.Equal(run.Id, await client.AnswerAsync(question.Id, JsonSerializer.SerializeToElement(3), "key", Stop));
        var second = await Assert.ThrowsAsync<LlmOrcApiException>(() => client.AnswerAsync(question.Id, JsonSerializer.SerializeToElement(4), cancellationToken: Stop));
        var unknown = await Assert.ThrowsAsync<LlmOrcApiException>(() => client.ShowAsync("nobody", cancellationToken: Stop));
        var input = await Assert.ThrowsAsync<LlmOrcApiException>(() => client.StartAsync("asks", new() { Input = new Dictionary<string, JsonElement> { ["odd"] = Values.True } }, Stop));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, run.Id), (misfit.Status, misfit.RunId));
        Assert.NotEmpty(misfit.Errors);
        Assert.Equal((HttpStatusCode.Conflict, "It was answered before"), (second.Status, second.Title));
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Contains("odd", Assert.Single(input.Errors));
        var bookmarks = await client.ListBookmarksOfRunAsync(run.Id, Stop);
        Assert.Equal(RunBookmarkStatus.Consumed, Assert.Single(bookmarks).Status);
        Assert.NotNull(bookmarks[0].ConsumedAt);
    }

    [Fact]
    public async Task Runs_are_cancelled_and_retried()
    {
        var isUp = false;
        await using var server = await RunningServer.StartAsync(e => isUp ? e.SayAsync("Now.") : e.FailAsync(400, "no"), ClientDocuments.All);
        using var line = new ServerLine(server);
        using var client = line.Client();
        var waiting = await client.StartAsync("asks", cancellationToken: Stop);
        var faulted = await client.StartAsync("turn", cancellationToken: Stop);
        Assert.Equal((RunSubStatus.Faulted, "turn"), (faulted.SubStatus, Assert.Single(faulted.Incidents).Activity));
        isUp = true;

        await client.CancelAsync(waiting.Id, "enough", Stop);
        await client.RetryAsync(faulted.Id, Stop);

        await client.WatchAsync(waiting.Id, cancellationToken: Stop).LastAsync(Stop);
        await client.WatchAsync(faulted.Id, faulted.LastSequence, cancellationToken: Stop).LastAsync(Stop);
        Assert.Equal(RunSubStatus.Cancelled, (await client.ShowAsync(waiting.Id, cancellationToken: Stop)).SubStatus);
        Assert.Equal("Now.", (await client.ShowAsync(faulted.Id, cancellationToken: Stop)).Output!.Value.GetProperty("said").GetString());
    }

    [Fact]
    public async Task A_start_and_an_answer_whose_confirmation_is_lost_are_sent_again_and_count_once()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server) { LosesAnswer = n => n <= 2 };
        using var client = line.Client();

        var run = await client.StartAsync("asks", cancellationToken: Stop);
        line.LosesAnswer = n => n == 4;
        await client.AnswerAsync(run.Bookmarks[0].Id, JsonSerializer.SerializeToElement(5), cancellationToken: Stop);

        Assert.Equal(5, line.Requests);
        Assert.Single(await client.ListRunsAsync(cancellationToken: Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_call_that_must_not_be_repeated_is_sent_once()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server) { LosesAnswer = _ => true };
        using var client = line.Client();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.CancelAsync("r", cancellationToken: Stop));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.StartAsync("asks", new() { Id = "r" }, Stop));

        Assert.Equal(2, line.Requests);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says_and_not_for_ever()
    {
        await using var server = await RunningServer.StartAsync(workflows: ClientDocuments.All);
        using var line = new ServerLine(server) { Before = n => n <= 3 ? Busy(seconds: 0) : null };
        using var client = line.Client();

        Assert.Empty(await client.ListRunsAsync(cancellationToken: Stop).ToListAsync(Stop));
        Assert.Equal(4, line.Requests);

        line.Before = _ => Busy(seconds: 3600);
        var refused = await Assert.ThrowsAsync<LlmOrcApiException>(() => client.ShowAsync("r", cancellationToken: Stop));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromHours(1)), (refused.Status, refused.RetryAfter));
        Assert.Equal(5, line.Requests);
    }

    private static HttpResponseMessage Busy(int seconds) => new(HttpStatusCode.ServiceUnavailable) { Headers = { RetryAfter = new(TimeSpan.FromSeconds(seconds)) } };
}
