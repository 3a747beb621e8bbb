using System.Net;
using System.Security.Claims;
using LlmOrc.Workflows.Http;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Triggers;
using Microsoft.AspNetCore.Authorization;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>The one decision about who may call what. It is asked for every request, so that a route nobody thought of is closed.</summary>
internal sealed class RouteAccess(AccessSettings settings) : AuthorizationHandler<RouteAccess.Requirement>
{
    /// <summary>As in Elsa.</summary>
    public const string PermissionClaim = "permissions";

    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via"];

    private readonly HashSet<string> _anonymous = new(AccessSettings.Words(settings.AnonymousTriggers).Select(PathOf), StringComparer.OrdinalIgnoreCase);

    internal sealed class Requirement : IAuthorizationRequirement;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement)
    {
        if (context.Resource is HttpContext http && Allows(http, context.User))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    private bool Allows(HttpContext http, ClaimsPrincipal caller) => http.GetEndpoint() switch
    {
        RouteEndpoint route => AnonymousRoutes.Contains(route)
            || (route.Metadata.GetMetadata<RoutePermission>() is { } needed
                && (Permission.Allows(caller.FindAll(PermissionClaim).Select(c => c.Value), needed.Name)
                    || (needed.IsOpenHere && IsFromThisMachine(http))
                    || (route.Metadata.GetMetadata<HttpTrigger>() is { Permission: null } trigger && _anonymous.Contains(trigger.Path)))),
        // No route takes it, or none with this method or content: that is said to whoever might have called one.
        _ => caller.Identity is { IsAuthenticated: true } || (http.Request.Path.StartsWithSegments(TriggerIndex.BasePath, StringComparison.OrdinalIgnoreCase) && IsFromThisMachine(http)),
    };

    // A proxy on this machine calls from here, too, and for others.
    private bool IsFromThisMachine(HttpContext http) =>
        !settings.BehindProxy
        && http.Connection is { LocalIpAddress: { } local, RemoteIpAddress: { } remote } && IPAddress.IsLoopback(local) && IPAddress.IsLoopback(remote)
        && !ProxyHeaders.Any(http.Request.Headers.ContainsKey);

    private static string PathOf(string listed) => HttpRoute.Normalize(
        listed.StartsWith(TriggerIndex.BasePath + "/", StringComparison.OrdinalIgnoreCase) ? listed[TriggerIndex.BasePath.Length..] : listed);
}
