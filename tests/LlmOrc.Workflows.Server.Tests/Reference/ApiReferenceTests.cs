using LlmOrc.Workflows.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Reference;

/// <summary>The API says what it is.</summary>
public sealed class ApiReferenceTests
{
    [Fact]
    public async Task Every_call_of_the_api_is_in_its_document_with_a_summary()
    {
        await using var server = await RunningServer.StartAsync();

        var document = await server.GetAsync("/api/openapi.json");

        var described = document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject(), (path, call) => (path.Name, Call: call)).ToList();
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/')).Where(r => r.StartsWith("/api/", StringComparison.Ordinal) && !r.Contains("openapi", StringComparison.Ordinal) && !r.Contains("reference", StringComparison.Ordinal));
        Assert.Empty(routes.Except(described.Select(d => d.Name)));
        Assert.All(described, d => Assert.False(string.IsNullOrEmpty(d.Call.Value.TryGetProperty("summary", out var summary) ? summary.GetString() : null), d.Name));
    }

    [Fact]
    public async Task The_page_to_try_it_fetches_nothing_from_elsewhere()
    {
        await using var server = await RunningServer.StartAsync();

        var page = await (await server.SendAsync(HttpMethod.Get, "/api/reference/")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("openapi.json", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=[\"']https?://", page);
    }
}
