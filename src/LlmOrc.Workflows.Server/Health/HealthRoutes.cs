using LlmOrc.Workflows.Server.Access;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace LlmOrc.Workflows.Server.Health;

/// <summary>For supervisors: whether the process lives, and whether it should get requests. Neither says more than one word, for anybody may ask.</summary>
internal static class HealthRoutes
{
    private const string Ready = "ready";

    public static void AddServerHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: [Ready]);

    public static void MapServerHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks(AnonymousRoutes.Live, new HealthCheckOptions { Predicate = _ => false });
        routes.MapHealthChecks(AnonymousRoutes.Ready, new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
    }
}
