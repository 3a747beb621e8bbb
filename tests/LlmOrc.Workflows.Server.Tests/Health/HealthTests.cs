using System.Net;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Health;

/// <summary>What supervisors ask.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task A_server_that_can_read_its_store_is_well_and_says_no_more(string path)
    {
        await using var server = await RunningServer.StartAsync();

        var response = await server.SendAsync(HttpMethod.Get, path);

        Assert.Equal((HttpStatusCode.OK, "Healthy"), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }
}
