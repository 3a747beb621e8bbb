using Microsoft.AspNetCore.Diagnostics;

namespace LlmOrc.Workflows.Server.Problems;

/// <summary>Answers that are only a status, as problems: whatever a caller says it accepts, it can read this.</summary>
internal static class StatusProblems
{
    public static Task WriteAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var (title, detail) = http.Response.StatusCode switch
        {
            StatusCodes.Status400BadRequest => ("The request cannot be read", "A value of its path, query, headers or body is not of the kind that is expected here."),
            StatusCodes.Status404NotFound => ("There is nothing here", "No route has this path."),
            StatusCodes.Status405MethodNotAllowed => ("The method is not allowed", $"This path takes {http.Response.Headers.Allow}."),
            StatusCodes.Status413PayloadTooLarge => ("The body is too large", "Send less at once."),
            StatusCodes.Status415UnsupportedMediaType => ("The body is not JSON", "Send it with Content-Type: application/json."),
            StatusCodes.Status504GatewayTimeout => ("It took too long", "What was started goes on. GET /api/runs lists it."),
            var status => (Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), ""),
        };
        return Problem.Of(http.Response.StatusCode, title, detail).ExecuteAsync(http);
    }
}
