using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace LlmOrc.Workflows.Server.Health;

/// <summary>For supervisors: whether the process lives, and whether it should get requests. Neither says more than one word, for anybody may ask.</summary>
internal static class HealthRoutes
{
    private const string Ready = "ready";

    public static void AddServerHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: [Ready]);

    public static void MapServerHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) }).AllowAnonymous();
    }
}
