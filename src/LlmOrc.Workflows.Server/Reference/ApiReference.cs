using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using Scalar.AspNetCore;

namespace LlmOrc.Workflows.Server.Reference;

/// <summary>The API's OpenAPI document, and a page to read and try it.</summary>
internal static class ApiReference
{
    public static void AddApiReference(this IServiceCollection services) => services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info.Title = "LlmOrc.Workflows";
        document.Info.Description = "Start workflows, watch their runs, answer what they ask. Errors are problem+json.";
        return Task.CompletedTask;
    }));

    public static void MapApiReference(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/api/openapi.json").NeedsElsewhere(Permission.ReadWorkflows);
        // Nothing is fetched from elsewhere.
        routes.MapScalarApiReference("/api/reference", options => options.WithOpenApiRoutePattern("/api/openapi.json").WithTitle("LlmOrc.Workflows").DisableDefaultFonts())
            .NeedsElsewhere(Permission.ReadWorkflows);
    }
}
