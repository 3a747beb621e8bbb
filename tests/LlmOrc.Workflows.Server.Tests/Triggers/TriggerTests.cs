using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Triggers;

/// <summary>Documents that HTTP requests start: what comes in, what goes out.</summary>
public sealed class TriggerTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["echo"] = Doc.Of(
            Doc.Sequence(
                Endpoint("in", "echo/{id}", ["GET", "POST"], ("parsedContent", Doc.To("body")), ("routeData", Doc.To("route")), ("queryStringData", Doc.To("query")), ("headers", Doc.To("headers"))),
                Doc.Activity("Elsa.WriteHttpResponse", "out", ("statusCode", Doc.Literal("Created")), ("content", Doc.JavaScript(
                    "({ id: getVariable('route').id, q: getVariable('query'), body: getVariable('body'), headers: getVariable('headers') })")), ("responseHeaders", Doc.Literal(new JsonObject { ["x-ref"] = "yes" })))),
            [Doc.Variable("body", "Object"), Doc.Variable("route", "Object"), Doc.Variable("query", "Object"), Doc.Variable("headers", "Object")], id: "echo"),
        ["silent"] = Doc.Of(Doc.Sequence(Endpoint("in", "silent", ["GET"])), id: "silent"),
        ["twice"] = Doc.Of(
            Doc.Sequence(Endpoint("in", "twice", ["GET"]), Doc.Activity("Elsa.WriteHttpResponse", "one", ("content", Doc.Literal("first"))), Doc.Activity("Elsa.WriteHttpResponse", "two", ("content", Doc.Literal("second")))), id: "twice"),
        ["broken"] = Doc.Of(Doc.Sequence(Endpoint("in", "broken", ["GET"]), Doc.Activity("Elsa.Fault", "f", ("message", Doc.Literal("no")))), id: "broken"),
        ["asks"] = Doc.Of(
            Doc.Sequence(
                Endpoint("in", "asks", ["POST"]), Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("Well?"))),
                Doc.Activity("Elsa.WriteHttpResponse", "out", ("content", Doc.JavaScript("getOutputFrom('ask', 'Reply')")))), id: "asks"),
        ["greets"] = Requiring("name", Doc.Of(
            Doc.Sequence(Endpoint("in", "greets", ["POST", "GET"]), Doc.SetOutput("o", "greeting", Doc.JavaScript("'Hello ' + getInput('name')"))),
            inputs: [Doc.Argument("name", "String")], outputs: [Doc.Argument("greeting", "String")], id: "greets")),
        ["one"] = Doc.Of(Doc.Sequence(Endpoint("in", "same/{x}", ["GET"])), id: "one"),
        ["other"] = Doc.Of(Doc.Sequence(Endpoint("in", "same/{y}", ["GET"])), id: "other"),
        ["patient"] = Doc.Of(
            Doc.Flowchart(
                "in.Request_too_large>no in>yes",
                Endpoint("in", "patient", ["POST"], ("requestSizeLimit", Doc.Literal(10)), ("exposeRequestTooLargeOutcome", true)),
                Doc.Activity("Elsa.WriteHttpResponse", "no", ("content", Doc.Literal("shorter, please"))), Doc.Activity("Elsa.WriteHttpResponse", "yes", ("content", Doc.Literal("thanks")))), id: "patient"),
        ["small"] = Doc.Of(Doc.Sequence(Endpoint("in", "small", ["POST"], ("requestSizeLimit", Doc.Literal(10)))), id: "small"),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_taken_in_whole_and_answered_as_the_workflow_says()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var response = await server.SendAsync(
            HttpMethod.Post, "/workflows/echo/42?x=1&y=two", RunningServer.Text("""{"amount":3.5,"lines":[{"sku":"A"}]}""", "application/json"), ("X-Note", "kept"), ("Cookie", "a=secret"));

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("x-ref")));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("sandbox", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var body = await RunningServer.JsonOfAsync(response);
        Assert.Equal("42", body.GetProperty("id").GetString());
        Assert.Equal("two", body.GetProperty("q").GetProperty("y").GetString());
        Assert.Equal("""{"amount":3.5,"lines":[{"sku":"A"}]}""", body.GetProperty("body").GetRawText());
        Assert.Equal("kept", body.GetProperty("headers").GetProperty("X-Note").GetString());
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=1&b=x%20y", "application/x-www-form-urlencoded", """{"a":"1","b":"x y"}""")]
    [InlineData("plain\ntext", "text/plain", "\"plain\\ntext\"")]
    [InlineData("{\"a\":1}", "application/vnd.x+json", "{\"a\":1}")]
    public async Task Forms_texts_and_json_become_values(string content, string type, string expected)
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var body = await RunningServer.JsonOfAsync(await server.SendAsync(HttpMethod.Post, "/workflows/echo/1", RunningServer.Text(content, type)));

        Assert.Equal(expected, body.GetProperty("body").GetRawText());
    }

    [Theory]
    [InlineData("POST", "/workflows/echo/1", "{", "application/json", 400)]
    [InlineData("POST", "/workflows/echo/1", "\0\u0001", "application/octet-stream", 415)]
    [InlineData("POST", "/workflows/small", "more than ten bytes", "text/plain", 413)]
    [InlineData("PUT", "/workflows/echo/1", "", "text/plain", 404)]
    [InlineData("GET", "/workflows/nothing", null, null, 404)]
    [InlineData("GET", "/workflows/same/1", null, null, 500)]
    [InlineData("POST", "/workflows/greets", "{}", "application/json", 422)]
    public async Task What_cannot_be_taken_in_is_refused_and_starts_nothing(string method, string path, string? content, string? type, int status)
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var response = await server.SendAsync(new(method), path, content is null ? null : RunningServer.Text(content, type!));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, (await server.GetAsync("/api/runs")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_body_100_000_levels_deep_is_refused()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var response = await server.SendAsync(HttpMethod.Post, "/workflows/echo/1", RunningServer.Text(new string('[', 100_000), "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_run_that_ends_faults_or_waits_without_an_answer_answers_at_once()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var silent = await server.SendAsync(HttpMethod.Get, "/workflows/silent");
        Assert.Equal((HttpStatusCode.OK, 0L), (silent.StatusCode, silent.Content.Headers.ContentLength ?? (await silent.Content.ReadAsByteArrayAsync(Stop)).Length));
        var broken = await server.SendAsync(HttpMethod.Get, "/workflows/broken");
        Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
        var waits = await server.PostAsync("/workflows/asks");
        Assert.Equal(HttpStatusCode.Accepted, waits.StatusCode);
        var run = await server.GetAsync(waits.Headers.Location!.ToString());
        Assert.Equal("Suspended", run.GetProperty("subStatus").GetString());
        Assert.Equal("Well?", run.GetProperty("bookmarks")[0].GetProperty("payload").GetProperty("question").GetString());
    }

    [Fact]
    public async Task A_definitions_inputs_come_from_the_body_or_the_query_and_its_outputs_are_the_answer()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var posted = await RunningServer.JsonOfAsync(await server.PostAsync("/workflows/greets", new { Name = "Ada", other = 1 }));
        var got = await server.GetAsync("/workflows/greets?name=Bob");

        Assert.Equal("Hello Ada", posted.GetProperty("output").GetProperty("greeting").GetString());
        Assert.Equal("Hello Bob", got.GetProperty("output").GetProperty("greeting").GetString());
    }

    [Fact]
    public async Task A_second_answer_to_one_request_is_an_incident_and_the_first_one_was_sent()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var response = await server.SendAsync(HttpMethod.Get, "/workflows/twice");

        Assert.Equal("first", await response.Content.ReadAsStringAsync(Stop));
        var run = await server.GetAsync($"/api/runs/{Assert.Single(response.Headers.GetValues("X-Run-Id"))}");
        run = await server.GetAsync($"/api/runs/{run.GetProperty("id").GetString()}");
        Assert.Equal("NoHttpRequest", run.GetProperty("incidents")[0].GetProperty("failure").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("more than ten bytes", "shorter, please")]
    [InlineData("few", "thanks")]
    public async Task A_body_over_the_limit_may_be_the_workflows_to_answer(string content, string answer)
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var response = await server.SendAsync(HttpMethod.Post, "/workflows/patient", RunningServer.Text(content));

        Assert.Equal(answer, await response.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task A_key_starts_once_and_gets_the_same_answer_again()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var first = await server.SendAsync(HttpMethod.Post, "/workflows/echo/1", RunningServer.Text("a"), ("Idempotency-Key", "k"));
        var again = await server.SendAsync(HttpMethod.Post, "/workflows/echo/1", RunningServer.Text("a"), ("Idempotency-Key", "k"));
        var other = await server.SendAsync(HttpMethod.Post, "/workflows/echo/1", RunningServer.Text("b"), ("Idempotency-Key", "k"));

        Assert.Equal(await first.Content.ReadAsStringAsync(Stop), await again.Content.ReadAsStringAsync(Stop));
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal(1, (await server.GetAsync("/api/runs")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_document_that_is_written_while_the_server_runs_is_called_a_moment_later()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        await server.WriteWorkflowAsync("new", Doc.Of(Doc.Sequence(Endpoint("in", "new", ["GET"]), Doc.Activity("Elsa.WriteHttpResponse", "out", ("content", Doc.Literal("here")))), id: "new"));

        // As long as the machine takes to tell of the file; the test's own limit ends it.
        HttpResponseMessage response;
        do
            response = await server.SendAsync(HttpMethod.Get, "/workflows/new");
        while (response.StatusCode == HttpStatusCode.NotFound && !Stop.IsCancellationRequested);
        Assert.Equal("here", await response.Content.ReadAsStringAsync(Stop));
    }

    private static JsonObject Endpoint(string id, string path, string[] methods, params (string Name, JsonNode? Value)[] more)
    {
        var activity = Doc.Activity("Elsa.HttpEndpoint", id, [
            ("path", Doc.Literal(path)),
            ("supportedMethods", Doc.Expression("Object", JsonSerializer.Serialize(methods))),
            .. more,
        ]);
        activity["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return activity;
    }

    private static ReadOnlyMemory<byte> Requiring(string input, ReadOnlyMemory<byte> document)
    {
        var changed = JsonNode.Parse(document.Span)!;
        changed["customProperties"] = new JsonObject { ["llmOrc"] = new JsonObject { ["required"] = new JsonArray(input) } };
        return JsonSerializer.SerializeToUtf8Bytes(changed);
    }
}
