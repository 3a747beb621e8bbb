using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Runs;
using LlmOrc.Workflows.Storage;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace LlmOrc.Workflows.Server.Problems;

/// <summary>What the engine throws, as problems. Nothing of an unknown exception is told: its message is for the log.</summary>
internal sealed partial class ProblemOfException(ILogger<ProblemOfException> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
            return true;

        var problem = Of(exception);
        if (problem.Status == StatusCodes.Status500InternalServerError || exception is ApiKeyFileException)
            LogUnexpected(exception, httpContext.Request.Method, httpContext.Request.Path);
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            httpContext.Response.Headers.RetryAfter = "5";
        await Results.Problem(problem).ExecuteAsync(httpContext);
        return true;
    }

    public static ProblemDetails Of(Exception exception) => exception switch
    {
        InputInvalidException invalid => Problem.Details(StatusCodes.Status422UnprocessableEntity, "The inputs do not fit", "Nothing was started. Correct the inputs and send it again.", invalid.Problems),
        DefinitionInvalidException invalid => Problem.Details(
            StatusCodes.Status422UnprocessableEntity, "The workflow document has errors", "Nothing was started. Correct the document.", [.. invalid.Diagnostics.Select(d => d.ToString())]),
        ConcurrencyConflictException conflict => Problem.Details(StatusCodes.Status409Conflict, "Somebody else was first", conflict.Message),
        KeyReusedException reused => Problem.Details(StatusCodes.Status422UnprocessableEntity, "The key was used before", reused.Message, runId: reused.RunId),
        InstanceNotFoundException missing => Problem.Details(StatusCodes.Status404NotFound, "No such run", missing.Message),
        StoreUnavailableException => Problem.Details(StatusCodes.Status503ServiceUnavailable, "The store is away", "Nothing is lost. Send it again in a moment."),
        ApiKeyFileException => Problem.Details(StatusCodes.Status503ServiceUnavailable, "The keys cannot be read", "Nobody is let in until they can. The server's log says what is wrong."),
        BadHttpRequestException bad => Problem.Details(bad.StatusCode, "The request cannot be read", bad.InnerException is JsonException json ? Shown(json) : bad.Message),
        ObjectDisposedException => Problem.Details(StatusCodes.Status503ServiceUnavailable, "The server stops", "Nothing is lost. Send it again in a moment."),
        _ => Problem.Details(StatusCodes.Status500InternalServerError, "Something is wrong with the server", "It is in the server's log, by the time of this answer."),
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogUnexpected(Exception exception, string method, string? path);

    private static string Shown(JsonException json) => $"The body is not the JSON that is expected here: {json.Message}";
}
