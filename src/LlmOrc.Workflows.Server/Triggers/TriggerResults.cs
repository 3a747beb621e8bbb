using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Server.Runs;

namespace LlmOrc.Workflows.Server.Triggers;

/// <summary>What a workflow wrote, copied from the journal.</summary>
internal sealed class WrittenResponse(HttpResponseChange response) : IResult
{
    // The server's own: they say how this answer is sent, and who may do what with it.
    private static readonly string[] Reserved = ["connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "content-security-policy", "x-content-type-options", "set-cookie"];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = response.Status;
        foreach (var (name, value) in response.Headers)
        {
            if (!Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
                httpContext.Response.Headers[name] = value;
        }

        if (response.Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified || HttpMethods.IsHead(httpContext.Request.Method))
            return;
        var body = response.Body.ValueKind == JsonValueKind.Undefined ? [] : Encoding.UTF8.GetBytes(response.Body.ToText());
        httpContext.Response.ContentLength = body.Length;
        await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

/// <summary>The run goes on, or waits: where to look for what becomes of it.</summary>
internal sealed class AcceptedRun(string id, RunBody body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.Location = $"/api/runs/{id}";
        return Results.Json(body, statusCode: StatusCodes.Status202Accepted).ExecuteAsync(httpContext);
    }
}
