using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Access;

/// <summary>Every route there is: closed to whoever has no key, or one for something else.</summary>
public sealed partial class RouteAccessTests
{
    // Somebody who comes by a proxy is not on this machine, wherever the proxy is.
    private static readonly (string, string) ByProxy = ("X-Forwarded-For", "192.0.2.7");

    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["open"] = Trigger("open/{id}"),
        ["guarded"] = Trigger("guarded", ("authorize", Doc.Literal(true))),
        ["board"] = Trigger("board", ("authorize", Doc.Literal(true)), ("policy", Doc.Literal("sign:minutes"))),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_is_closed_without_a_key_and_with_one_for_something_else()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        using var other = server.ClientWith(await server.MakeKeyAsync("read:nothing-there-is"));

        var calls = CallsOf(server).ToList();
        Assert.InRange(calls.Count, 20, 1000);
        foreach (var (route, method, path) in calls)
        {
            var (without, wrong) = (await SendAsync(server.Anonymous, method, path, ByProxy), await SendAsync(other, method, path, ByProxy));
            if (AnonymousRoutes.All.Contains(route))
            {
                Assert.Equal((path, HttpStatusCode.OK), (path, without.StatusCode));
                continue;
            }

            Assert.Equal((method, path, HttpStatusCode.Unauthorized), (method, path, without.StatusCode));
            Assert.Equal(["Bearer", "ApiKey"], without.Headers.WwwAuthenticate.Select(w => w.Scheme));
            Assert.Equal((method, path, HttpStatusCode.Forbidden), (method, path, wrong.StatusCode));
            Assert.All([without, wrong], r => Assert.Equal("application/problem+json", r.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task Every_route_says_what_it_needs_and_a_known_permission_is_needed_somewhere()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(r => !AnonymousRoutes.All.Contains(r.RoutePattern.RawText)).ToList();

        Assert.All(routes, r => Assert.True(r.Metadata.GetMetadata<RoutePermission>() is not null, $"{r.RoutePattern.RawText} has no permission: say .Needs(Permission.…) where it is mapped."));
        // There is one list of what is open to all.
        Assert.All(routes, r => Assert.Null(r.Metadata.GetMetadata<IAllowAnonymous>()));
        var needed = routes.Select(r => r.Metadata.GetRequiredMetadata<RoutePermission>().Name).ToHashSet();
        Assert.Contains("sign:minutes", needed);
        Assert.Empty(Permission.Known.Select(k => k.Name).Except(needed).Except([Permission.Everything, Permission.Speak]));
    }

    [Fact]
    public async Task A_route_that_was_forgotten_is_nobodys()
    {
        await using var server = await RunningServer.StartAsync(configure: app => app.MapGet("/forgotten", () => "secret"));

        var response = await server.SendAsync(HttpMethod.Get, "/forgotten");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server.Anonymous, HttpMethod.Get, "/forgotten")).StatusCode);
    }

    [Fact]
    public async Task A_key_opens_what_its_permissions_say()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        using var reader = server.ClientWith(await server.MakeKeyAsync("read:*"));
        using var signer = server.ClientWith(await server.MakeKeyAsync("sign:minutes"));

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(reader, HttpMethod.Get, "/api/runs")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(reader, HttpMethod.Get, "/api/workflows")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(reader, HttpMethod.Post, "/api/workflows/open/runs")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(signer, HttpMethod.Get, "/workflows/board")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(signer, HttpMethod.Get, "/workflows/guarded")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(reader, HttpMethod.Get, "/workflows/board")).StatusCode);
    }

    [Fact]
    public async Task Triggers_are_open_to_this_machine_unless_their_document_guards_them()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/open/1")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server.Anonymous, HttpMethod.Delete, "/workflows/open/1")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/nothing")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/guarded")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/board")).StatusCode);
        foreach (var header in (string[])["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
            Assert.Equal((header, HttpStatusCode.Unauthorized), (header, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/open/1", (header, "x"))).StatusCode));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/nothing", ByProxy)).StatusCode);
    }

    [Fact]
    public async Task A_trigger_that_is_listed_is_open_to_all_unless_its_document_guards_it()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents, args: ["--behind-proxy", "--LlmOrc:AnonymousTriggers", "/workflows/open/{id}, guarded"]);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/open/1", ByProxy)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/guarded", ByProxy)).StatusCode);
        // A proxy calls from here for others, whether it says so or not.
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server.Anonymous, HttpMethod.Get, "/api/reference/")).StatusCode);
    }

    [Fact]
    public async Task Without_keys_everything_is_open_to_this_machine()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents, args: ["--no-auth"]);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server.Anonymous, HttpMethod.Get, "/api/runs")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server.Anonymous, HttpMethod.Get, "/workflows/guarded")).StatusCode);
    }

    private static IEnumerable<(string Route, HttpMethod Method, string Path)> CallsOf(RunningServer server) =>
        from route in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + Parameter().Replace(route.RoutePattern.RawText!, "x").TrimStart('/')
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET"]
        select (route.RoutePattern.RawText!, new HttpMethod(method), path);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    private static ReadOnlyMemory<byte> Trigger(string path, params (string Name, JsonNode? Value)[] more)
    {
        var endpoint = Doc.Activity("Elsa.HttpEndpoint", "in", [("path", Doc.Literal(path)), ("supportedMethods", Doc.Expression("Object", """["GET","POST"]""")), .. more]);
        endpoint["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return Doc.Of(Doc.Sequence(endpoint), id: path.Split('/')[0]);
    }

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
