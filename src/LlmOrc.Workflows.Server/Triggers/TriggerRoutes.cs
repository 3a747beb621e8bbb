namespace LlmOrc.Workflows.Server.Triggers;

/// <summary>Puts the triggers among the routes of the server.</summary>
internal static class TriggerRoutes
{
    public static void MapTriggers(this WebApplication app) => ((IEndpointRouteBuilder)app).DataSources.Add(app.Services.GetRequiredService<TriggerIndex>());

    /// <summary>A path that no trigger takes with this method is not found, as in Elsa: which methods there are is nobody's business.</summary>
    public static void UseTriggerStatus(this WebApplication app) => app.Use(async (http, next) =>
    {
        await next(http);
        if (http.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false } response && http.Request.Path.StartsWithSegments(TriggerIndex.BasePath, StringComparison.OrdinalIgnoreCase))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            response.Headers.Remove("Allow");
        }
    });
}
