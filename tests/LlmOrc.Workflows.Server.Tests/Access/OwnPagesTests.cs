using System.Net;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Access;

/// <summary>What a page of another origin can do through a browser on this machine: nothing.</summary>
public sealed class OwnPagesTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new() { ["open"] = Trigger() };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("evil.example", 400)]
    [InlineData("evil.example:5180", 400)]
    [InlineData("127.0.0.1.evil.example", 400)]
    [InlineData("0.0.0.0", 400)]
    [InlineData("localhost:1", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("board.example", 200)]
    public async Task The_server_answers_to_its_own_names_only(string host, int status)
    {
        await using var server = await RunningServer.StartAsync(args: ["--LlmOrc:AllowedHosts", "board.example"]);

        var response = await server.SendAsync(HttpMethod.Get, "/api/runs", null, ("Host", host));

        Assert.Equal(status, (int)response.StatusCode);
        if (status != 200)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("POST", "/workflows/open", "http://evil.example", null, 403)]
    [InlineData("POST", "/workflows/open", "null", null, 403)]
    [InlineData("POST", "/workflows/open", "http://127.0.0.1:1", null, 403)]
    [InlineData("POST", "/workflows/open", "http://own", null, 200)]
    [InlineData("POST", "/workflows/open", "https://board.example", "cross-site", 200)]
    [InlineData("POST", "/workflows/open", null, "same-origin", 200)]
    [InlineData("GET", "/workflows/open", null, "cross-site", 403)]
    [InlineData("GET", "/workflows/open", null, "same-site", 403)]
    [InlineData("GET", "/workflows/open", null, "none", 200)]
    [InlineData("POST", "/api/runs/x/cancel", "http://evil.example", null, 403)]
    [InlineData("DELETE", "/api/runs/x", "http://evil.example", null, 403)]
    [InlineData("GET", "/api/runs", "http://evil.example", "cross-site", 200)]
    public async Task A_page_of_another_origin_changes_nothing(string method, string path, string? origin, string? site, int status)
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents, args: ["--LlmOrc:AllowedOrigins", "https://board.example/"]);
        var headers = new List<(string, string)>();
        if (origin is not null)
            headers.Add(("Origin", origin == "http://own" ? server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority) : origin));
        if (site is not null)
            headers.Add(("Sec-Fetch-Site", site));

        var response = await server.SendAsync(new(method), path, null, [.. headers]);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(status == 200 && path.StartsWith("/workflows", StringComparison.Ordinal) ? 1 : 0, (await server.GetAsync("/api/runs")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_page_of_another_origin_opens_no_socket()
    {
        await using var server = await RunningServer.StartAsync();

        var response = await server.SendAsync(
            HttpMethod.Get, "/api/runs", null, ("Origin", "http://evil.example"), ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg=="));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_question_beforehand_gets_no_permission()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/runs/x/cancel");
        request.Headers.TryAddWithoutValidation("Origin", "http://evil.example");
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");

        var response = await server.Anonymous.SendAsync(request, Stop);

        Assert.False(response.IsSuccessStatusCode);
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Every_route_that_changes_something_takes_json_and_nothing_else(string? type)
    {
        await using var server = await RunningServer.StartAsync();
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(r => r.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [], (route, method) => (Path: route.RoutePattern.RawText!.Replace("{id}", "x").Replace("{name}", "x"), method))
            .Where(r => !r.Path.StartsWith("/workflows/", StringComparison.Ordinal) && r.method is "POST" or "PUT" or "PATCH" or "DELETE").ToList();

        Assert.InRange(routes.Count, 4, 100);
        foreach (var (path, method) in routes)
        {
            var content = new ByteArrayContent("{}"u8.ToArray());
            if (type is not null)
                content.Headers.TryAddWithoutValidation("Content-Type", type);
            var response = await server.SendAsync(new(method), path, content);
            Assert.Equal((path, 415), (path, (int)response.StatusCode));
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }
    }

    private static ReadOnlyMemory<byte> Trigger()
    {
        var endpoint = Doc.Activity("Elsa.HttpEndpoint", "in", [("path", Doc.Literal("open")), ("supportedMethods", Doc.Expression("Object", """["GET","POST"]"""))]);
        endpoint["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return Doc.Of(Doc.Sequence(endpoint), id: "open");
    }
}
