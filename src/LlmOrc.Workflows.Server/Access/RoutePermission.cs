using LlmOrc.Workflows.Persistence.Access;
using Microsoft.AspNetCore.Authorization;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>What a caller of a route needs. A route without one is nobody's.</summary>
/// <param name="Name">Of <see cref="Permission"/>, or what a document says.</param>
/// <param name="IsOpenHere">Whether callers on this machine need none.</param>
internal sealed record RoutePermission(string Name, bool IsOpenHere = false);

internal static class RoutePermissions
{
    /// <summary>Says what a caller of this route needs.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder route, string permission)
        where TBuilder : IEndpointConventionBuilder => route.Needs(new RoutePermission(permission));

    /// <summary>Says what a caller of this route needs who is not on this machine: a browser has no key, and there is nothing of the user's to see.</summary>
    public static TBuilder NeedsElsewhere<TBuilder>(this TBuilder route, string permission)
        where TBuilder : IEndpointConventionBuilder => route.Needs(new RoutePermission(permission, IsOpenHere: true));

    private static TBuilder Needs<TBuilder>(this TBuilder route, RoutePermission permission)
        where TBuilder : IEndpointConventionBuilder
    {
        // Routes of packages may say of themselves that they are for everybody. That is ours to say.
        route.Finally(endpoint =>
        {
            foreach (var anonymous in endpoint.Metadata.OfType<IAllowAnonymous>().Cast<object>().ToList())
                endpoint.Metadata.Remove(anonymous);
            endpoint.Metadata.Add(permission);
        });
        return route;
    }
}
