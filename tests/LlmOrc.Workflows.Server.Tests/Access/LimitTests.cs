using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Access;

/// <summary>How often, how much and how slowly callers may call.</summary>
public sealed class LimitTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["quick"] = Trigger("quick"),
        ["turn"] = Trigger("turn", Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Say it.")))),
        ["asks"] = Trigger("asks", Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("Well?")))),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_has_no_key_may_trigger_so_often_and_a_key_calls_on()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents, args: ["--LlmOrc:TriggersPerMinute", "2"]);

        var statuses = new List<HttpResponseMessage>();
        for (var call = 0; call < 3; call++)
            statuses.Add(await server.Anonymous.GetAsync(new Uri("/workflows/quick", UriKind.Relative), Stop));

        Assert.Equal([200, 200, 429], statuses.Select(s => (int)s.StatusCode));
        Assert.InRange(statuses[^1].Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("application/problem+json", statuses[^1].Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Get, "/workflows/quick")).StatusCode);
    }

    [Fact]
    public async Task Each_key_has_its_own_number_of_calls_and_so_have_those_who_have_none()
    {
        await using var server = await RunningServer.StartAsync(args: ["--LlmOrc:RequestsPerMinute", "2"]);
        using var other = server.ClientWith(await server.MakeKeyAsync("*"));

        foreach (var (client, expected) in new[] { (server.Http, 200), (other, 200), (server.Anonymous, 401) })
        {
            foreach (var status in (int[])[expected, expected, 429])
                Assert.Equal(status, (int)(await client.GetAsync(new Uri("/api/runs", UriKind.Relative), Stop)).StatusCode);
        }
    }

    [Fact]
    public async Task So_many_triggered_runs_are_at_work_at_once_and_one_that_waits_is_not()
    {
        var go = new TaskCompletionSource();
        await using var server = await RunningServer.StartAsync(
            async exchange =>
            {
                await go.Task;
                await exchange.SayAsync("Done.");
            },
            Documents,
            args: ["--LlmOrc:MaxConcurrentTriggers", "1"]);

        // Waits for a person: its place is free again.
        Assert.Equal(HttpStatusCode.Accepted, (await server.PostAsync("/workflows/asks")).StatusCode);
        HttpResponseMessage busy;
        do
            busy = await server.PostAsync("/workflows/turn", null, ("Prefer", "respond-async"));
        while (busy.StatusCode == HttpStatusCode.ServiceUnavailable && !Stop.IsCancellationRequested);
        Assert.Equal(HttpStatusCode.Accepted, busy.StatusCode);

        // The caller has gone, its run is at work.
        var refused = await server.PostAsync("/workflows/turn");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        go.SetResult();
        await server.EventsAsync(Assert.Single(busy.Headers.GetValues("X-Run-Id")));
        HttpResponseMessage next;
        do
            next = await server.SendAsync(HttpMethod.Get, "/workflows/quick");
        while (next.StatusCode == HttpStatusCode.ServiceUnavailable && !Stop.IsCancellationRequested);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_a_problem()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents, args: ["--LlmOrc:MaxBodyBytes", "1000"]);

        var response = await server.SendAsync(HttpMethod.Post, "/api/workflows/quick/runs", RunningServer.Text($$"""{"name":"{{new string('x', 1000)}}"}""", "application/json"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("X-Long: {40000}", 431)]
    [InlineData("X-Many: 1\r\n{lines}", 431)]
    public async Task Headers_have_limits(string headers, int status)
    {
        await using var server = await RunningServer.StartAsync();
        headers = headers.Replace("{40000}", new string('x', 40_000)).Replace("{lines}", string.Join("\r\n", Enumerable.Range(0, 200).Select(n => $"X-{n}: 1")));

        Assert.StartsWith($"HTTP/1.1 {status}", await SayAsync(server, $"GET /health/live HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_given_up()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        // As long as the server is patient, 5 s; the test's own limit ends it.
        Assert.StartsWith("HTTP/1.1 408", await SayAsync(server, "POST /workflows/quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nslow"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/event-stream")]
    public async Task Whatever_a_caller_accepts_it_gets_problems(string accept)
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        foreach (var (method, path, status) in new[] { (HttpMethod.Get, "/nothing", 404), (HttpMethod.Delete, "/api/runs", 405), (HttpMethod.Get, "/api/runs/none", 404), (HttpMethod.Get, "/api/runs?limit=x", 400) })
        {
            var response = await server.SendAsync(method, path, null, ("Accept", accept));
            Assert.Equal((path, status), (path, (int)response.StatusCode));
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public void Nothing_of_an_unknown_exception_is_told()
    {
        var problem = ProblemOfException.Of(new InvalidOperationException("the secret"));

        Assert.Equal(500, problem.Status);
        Assert.DoesNotContain("secret", $"{problem.Title}{problem.Detail}{string.Concat(problem.Extensions)}", StringComparison.Ordinal);
    }

    // As HttpClient cannot: word for word, and however badly.
    private static async Task<string> SayAsync(RunningServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port, Stop);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Stop);
        var answer = new byte[1000];
        return Encoding.ASCII.GetString(answer, 0, await client.GetStream().ReadAsync(answer, Stop));
    }

    private static ReadOnlyMemory<byte> Trigger(string path, params JsonObject[] then)
    {
        var endpoint = Doc.Activity("Elsa.HttpEndpoint", "in", [("path", Doc.Literal(path)), ("supportedMethods", Doc.Expression("Object", """["GET","POST"]"""))]);
        endpoint["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return Doc.Of(Doc.Sequence([endpoint, .. then]), id: path);
    }
}
