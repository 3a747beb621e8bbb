using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmOrc.Workflows.Server.Health;

/// <summary>Whether runs can be read: what cannot read its store can do nothing for its callers.</summary>
internal sealed class StoreHealth(IInstanceQueries queries) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await queries.ListAsync(new(Limit: 1), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or StoreCorruptException)
        {
            return HealthCheckResult.Unhealthy("The store is away.");
        }
    }
}
