using System.Net;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Access;

/// <summary>What a proxy says of its callers counts where it was declared, and nowhere else.</summary>
public sealed class ProxyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", 200)]
    [InlineData("--behind-proxy", 400)]
    [InlineData("--behind-proxy --LlmOrc:Proxies 10.0.0.0/8", 200)]
    [InlineData("--behind-proxy --LlmOrc:Proxies 127.0.0.1", 400)]
    [InlineData("--behind-proxy --LlmOrc:AllowedHosts board.example", 200)]
    public async Task A_forwarded_host_counts_from_a_listed_proxy_only(string args, int status)
    {
        await using var server = await RunningServer.StartAsync(args: args.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(status, (int)(await server.SendAsync(HttpMethod.Get, "/api/runs", null, ("X-Forwarded-Host", "board.example"), ("X-Forwarded-For", "192.0.2.7"))).StatusCode);
    }

    [Fact]
    public async Task A_page_that_came_by_the_proxy_is_the_servers_own()
    {
        await using var server = await RunningServer.StartAsync(args: ["--behind-proxy", "--LlmOrc:AllowedHosts", "board.example"]);
        (string, string)[] forwarded = [("X-Forwarded-Host", "board.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.7")];

        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync(HttpMethod.Post, "/api/runs/x/cancel", null, [.. forwarded, ("Origin", "https://board.example")])).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync(HttpMethod.Post, "/api/runs/x/cancel", null, [.. forwarded, ("Origin", "http://board.example")])).StatusCode);
    }

    [Fact]
    public async Task Callers_behind_a_proxy_are_counted_one_by_one()
    {
        var endpoint = Doc.Activity("Elsa.HttpEndpoint", "in", [("path", Doc.Literal("open")), ("supportedMethods", Doc.Expression("Object", """["GET"]"""))]);
        endpoint["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        await using var server = await RunningServer.StartAsync(
            workflows: new Dictionary<string, ReadOnlyMemory<byte>> { ["open"] = Doc.Of(Doc.Sequence(endpoint), id: "open") },
            args: ["--behind-proxy", "--LlmOrc:AnonymousTriggers", "open", "--LlmOrc:TriggersPerMinute", "1"]);

        var statuses = new List<int>();
        foreach (var caller in (string[])["192.0.2.7", "192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/workflows/open");
            request.Headers.Add("X-Forwarded-For", caller);
            statuses.Add((int)(await server.Anonymous.SendAsync(request, Stop)).StatusCode);
        }

        Assert.Equal([200, 429, 200, 200, 429, 200], statuses);
    }
}
