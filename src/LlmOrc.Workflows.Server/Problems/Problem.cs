using Microsoft.AspNetCore.Mvc;

namespace LlmOrc.Workflows.Server.Problems;

/// <summary>Errors as problem+json (RFC 9457): what happened, and what to do.</summary>
internal static class Problem
{
    /// <param name="title">What kind of problem it is, in a few words.</param>
    /// <param name="detail">What happened and what to do.</param>
    /// <param name="errors">All that is wrong, at once.</param>
    public static IResult Of(int status, string title, string detail, IReadOnlyList<string>? errors = null, string? runId = null) =>
        Results.Problem(Details(status, title, detail, errors, runId));

    public static ProblemDetails Details(int status, string title, string detail, IReadOnlyList<string>? errors = null, string? runId = null)
    {
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail };
        if (errors is { Count: > 0 })
            problem.Extensions["errors"] = errors;
        if (runId is not null)
            problem.Extensions["runId"] = runId;
        return problem;
    }

    public static IResult NoRun(string id) => Of(StatusCodes.Status404NotFound, "No such run", $"There is no run '{id}'. GET /api/runs lists them.");
}
