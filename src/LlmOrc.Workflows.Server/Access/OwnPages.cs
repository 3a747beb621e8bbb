using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Triggers;
using Microsoft.AspNetCore.Http.Features;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>
/// Keeps pages of other origins out, which a browser on this machine or in this network shows: those that call the server by a name of their
/// own (DNS rebinding), those that send what would change something, and those that send JSON as something else.
/// </summary>
internal sealed class OwnPages(AccessSettings settings, IReadOnlyList<BindingAddress> addresses)
{
    private readonly HashSet<string> _hosts = new(AccessSettings.Words(settings.AllowedHosts).Concat(addresses.Select(a => a.Host)), StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _origins = new(AccessSettings.Words(settings.AllowedOrigins).Select(o => o.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    /// <summary>Before anything is looked at.</summary>
    public Task CheckOriginAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (!ListenRules.IsLoopbackName(http.Request.Host.Host) && !_hosts.Contains(http.Request.Host.Host))
            return Problem.Of(StatusCodes.Status400BadRequest, "The server has another name", $"Call it by a name of loopback, or list this one in {ServerSettings.Section}:{nameof(AccessSettings.AllowedHosts)}.").ExecuteAsync(http);
        if (CanChange(http.Request) && !IsOwn(http.Request))
            return Problem.Of(StatusCodes.Status403Forbidden, "A page of another origin may not do this", $"List its origin in {ServerSettings.Section}:{nameof(AccessSettings.AllowedOrigins)} where it may.").ExecuteAsync(http);
        return next(http);
    }

    /// <summary>Once the route is known. What says which content it takes was asked by the router.</summary>
    public static Task CheckContentAsync(HttpContext http, RequestDelegate next) =>
        http.GetEndpoint() is RouteEndpoint { Metadata: var route } && route.GetMetadata<HttpTrigger>() is null && route.GetMetadata<Microsoft.AspNetCore.Http.Metadata.IAcceptsMetadata>() is null
        && HasBody(http) && !http.Request.HasJsonContentType()
            ? Problem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is not JSON", "Send it with Content-Type: application/json, or leave it out.").ExecuteAsync(http)
            : next(http);

    // Triggers start runs by whichever method their documents like. A WebSocket begins as a GET, and may be read by any page.
    private static bool CanChange(HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        || request.Headers.Upgrade.Count > 0
        || request.Path.StartsWithSegments(TriggerIndex.BasePath, StringComparison.OrdinalIgnoreCase);

    // Where a browser leaves Origin out (a link, an image), it still says whether the page is ours. Programs say neither.
    private bool IsOwn(HttpRequest request) => request.Headers.Origin switch
    {
        [] => request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none",
        [{ } origin] => origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase) || _origins.Contains(origin),
        _ => false,
    };

    private static bool HasBody(HttpContext http) => http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && http.Request.ContentLength != 0;
}
