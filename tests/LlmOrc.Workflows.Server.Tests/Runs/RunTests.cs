using System.Net;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Runs;

/// <summary>Starting, looking at, cancelling and retrying runs, and answering what they ask.</summary>
public sealed class RunTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["asks"] = Doc.Of(
            Doc.Sequence(
                Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("How many?")), ("schema", Doc.Literal(new JsonObject { ["type"] = "integer", ["minimum"] = 1 }))),
                Doc.SetOutput("o", "answer", Doc.JavaScript("Number(getOutputFrom('ask', 'Reply'))"))),
            outputs: [Doc.Argument("answer")], id: "asks"),
        ["turn"] = Doc.Of(Doc.Sequence(Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Say it."))), Doc.SetOutput("o", "said", Doc.JavaScript("getOutputFrom('turn', 'Reply')"))), outputs: [Doc.Argument("said")], id: "turn"),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_started_by_name_is_waited_for_and_shown_with_its_tree_and_cost()
    {
        await using var server = await RunningServer.StartAsync(e => e.SayAsync("Here it is."), Documents);

        var run = await RunningServer.JsonOfAsync(await server.PostAsync("/api/workflows/turn/runs", new { name = "first", correlationId = "c-1" }));
        var shown = await server.GetAsync($"/api/runs/{run.GetProperty("id").GetString()}");

        Assert.Equal("Here it is.", run.GetProperty("output").GetProperty("said").GetString());
        Assert.Equal(("Finished", "first", "c-1"), (shown.GetProperty("status").GetString(), shown.GetProperty("name").GetString(), shown.GetProperty("correlationId").GetString()));
        Assert.Equal(1, shown.GetProperty("usage").GetProperty("calls").GetInt32());
        var turn = shown.GetProperty("activities").EnumerateArray().Single(a => a.GetProperty("activity").GetString() == "turn");
        Assert.Equal(("ada", "Done"), (turn.GetProperty("agent").GetString(), turn.GetProperty("state").GetString()));
        Assert.Equal(["prompt", "reply"], (await server.GetAsync($"/api/runs/{run.GetProperty("id").GetString()}/messages")).GetProperty("items").EnumerateArray().Select(m => m.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task A_caller_that_does_not_wait_is_told_where_to_look()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var response = await server.PostAsync("/api/workflows/asks/runs", null, ("Prefer", "respond-async"));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("asks", (await server.GetAsync(response.Headers.Location!.ToString())).GetProperty("workflow").GetString());
    }

    [Fact]
    public async Task A_key_never_starts_twice()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.PostAsync("/api/workflows/asks/runs", new { }, ("Idempotency-Key", "same"))));
        var ids = new HashSet<string?>();
        foreach (var response in all)
            ids.Add((await RunningServer.JsonOfAsync(response)).GetProperty("id").GetString());
        var other = await server.PostAsync("/api/workflows/asks/runs", new { name = "other" }, ("Idempotency-Key", "same"));

        Assert.Single(ids);
        Assert.Equal(1, (await server.GetAsync("/api/runs")).GetProperty("items").GetArrayLength());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_in_pages_and_filtered()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        foreach (var name in (string[])["a", "b", "c"])
            await server.PostAsync("/api/workflows/asks/runs", new { id = name, correlationId = name == "b" ? "mine" : null });

        var first = await server.GetAsync("/api/runs?limit=2");
        var second = await server.GetAsync($"/api/runs?limit=2&after={first.GetProperty("next").GetString()}");
        var mine = await server.GetAsync("/api/runs?correlationId=mine&status=Running&workflow=asks");

        Assert.Equal(["c", "b"], first.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        Assert.Equal("a", Assert.Single(second.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
        Assert.False(second.TryGetProperty("next", out _));
        Assert.Equal("b", Assert.Single(mine.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync(HttpMethod.Get, "/api/runs?limit=1000")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync(HttpMethod.Get, "/api/runs?after=nobody")).StatusCode);
    }

    [Fact]
    public async Task Of_fifty_answers_at_once_exactly_one_counts_and_its_key_gets_the_same_again()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        await server.PostAsync("/api/workflows/asks/runs", new { id = "r" });
        var question = (await server.GetAsync("/api/bookmarks")).GetProperty("items")[0];
        var path = $"/api/bookmarks/{question.GetProperty("id").GetString()}/answer";

        var misfit = await server.PostAsync(path, new { answer = "many" });
        var answers = await Task.WhenAll(Enumerable.Range(1, 50).Select(async n => (n, (await server.PostAsync(path, new { answer = n }, ("Idempotency-Key", $"k{n}"))).StatusCode)));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, misfit.StatusCode);
        var winner = Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK).n;
        Assert.Equal(49, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(path, new { answer = winner }, ("Idempotency-Key", $"k{winner}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync(path, new { answer = winner }, ("Idempotency-Key", "new"))).StatusCode);
        await server.EventsAsync("r");
        Assert.Equal(winner, (await server.GetAsync("/api/runs/r")).GetProperty("output").GetProperty("answer").GetInt32());
    }

    [Fact]
    public async Task An_answer_that_is_too_late_or_to_nothing_says_so()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        await server.PostAsync("/api/workflows/asks/runs", new { id = "r" });
        var id = (await server.GetAsync("/api/runs/r/bookmarks")).GetProperty("items")[0].GetProperty("id").GetString();

        Assert.Equal(HttpStatusCode.Accepted, (await server.PostAsync("/api/runs/r/cancel", new { reason = "enough" })).StatusCode);
        await server.EventsAsync("r");

        Assert.Equal(HttpStatusCode.Gone, (await server.PostAsync($"/api/bookmarks/{id}/answer", new { answer = 1 })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/api/bookmarks/nothing/answer", new { answer = 1 })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync("/api/runs/r/cancel")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/api/runs/nobody/cancel")).StatusCode);
    }

    [Fact]
    public async Task A_faulted_run_is_retried_and_pays_for_nothing_twice()
    {
        var isUp = false;
        await using var server = await RunningServer.StartAsync(e => isUp ? e.SayAsync("Now.") : e.FailAsync(400, "no"), Documents);
        var faulted = await RunningServer.JsonOfAsync(await server.PostAsync("/api/workflows/turn/runs", new { id = "r" }));
        Assert.Equal("Faulted", faulted.GetProperty("subStatus").GetString());
        isUp = true;

        Assert.Equal(HttpStatusCode.Accepted, (await server.PostAsync("/api/runs/r/retry")).StatusCode);

        await server.EventsAsync("r");
        Assert.Equal("Now.", (await server.GetAsync("/api/runs/r")).GetProperty("output").GetProperty("said").GetString());
    }

    [Fact]
    public async Task Every_mistake_is_a_problem_that_says_what_to_do()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        foreach (var (method, path, body, status) in new (HttpMethod, string, object?, int)[]
        {
            (HttpMethod.Post, "/api/workflows/nothing/runs", new { }, 404), (HttpMethod.Post, "/api/workflows/turn/runs", new { input = new { unknown = 1 } }, 422),
            (HttpMethod.Post, "/api/workflows/turn/runs", new { input = 5 }, 400), (HttpMethod.Get, "/api/runs/nothing", null, 404), (HttpMethod.Get, "/api/runs?status=Odd", null, 400),
            (HttpMethod.Get, "/api/nothing", null, 404), (HttpMethod.Delete, "/api/runs", null, 405),
        })
        {
            var response = await server.SendAsync(method, path, body is null ? null : System.Net.Http.Json.JsonContent.Create(body));
            Assert.Equal((path, status), (path, (int)response.StatusCode));
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task A_stopped_server_goes_on_with_what_waits_when_it_starts_again()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        await server.PostAsync("/api/workflows/asks/runs", new { id = "r" });
        await server.RestartAsync();

        var id = (await server.GetAsync("/api/bookmarks")).GetProperty("items")[0].GetProperty("id").GetString();
        await server.PostAsync($"/api/bookmarks/{id}/answer", new { answer = 7 });

        Assert.Equal("instance-finished", (await server.EventsAsync("r"))[^1].Type);
        Assert.Equal(7, (await server.GetAsync("/api/runs/r")).GetProperty("output").GetProperty("answer").GetInt32());
    }
}
