using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Runs;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Bookmarks;

/// <summary>What runs wait for, and answering it.</summary>
internal static class BookmarkEndpoints
{
    private const int MostOfPage = 200;

    public static void MapBookmarks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/bookmarks", ListAsync).WithName("ListBookmarks").Needs(Permission.ReadRuns).WithSummary("What all runs wait for, oldest first; questions to people have the name Question");
        api.MapGet("/runs/{id}/bookmarks", ListOfRunAsync).WithName("ListBookmarksOfRun").Needs(Permission.ReadRuns).WithSummary("What one run waits for, and has waited for");
        api.MapPost("/bookmarks/{id}/answer", AnswerAsync).WithName("AnswerBookmark").Needs(Permission.AnswerQuestions).WithSummary("Answers a question; of any number of answers exactly one counts");
    }

    private static async Task<IResult> ListAsync(IInstanceQueries queries, CancellationToken cancellationToken, string? name = null, string? after = null, int limit = 50)
    {
        if (limit is < 1 or > MostOfPage)
            return Problem.Of(StatusCodes.Status400BadRequest, "The page is too large", $"limit must be 1 to {MostOfPage}.");
        var open = await queries.ListOpenBookmarksAsync(new("", name, after, limit + 1), cancellationToken);
        return Results.Ok(new PageBody<BookmarkBody>([.. open.Take(limit).Select(o => BookmarkBody.Of(o.Instance, o.Bookmark))], open.Count > limit ? open[limit - 1].Bookmark.Id : null));
    }

    private static async Task<IResult> ListOfRunAsync(string id, IInstanceQueries queries, CancellationToken cancellationToken)
    {
        var key = new InstanceKey("", id);
        if (await queries.FindAsync(key, cancellationToken) is null)
            return Problem.NoRun(id);
        return Results.Ok(new PageBody<BookmarkBody>([.. (await queries.ReadBookmarksAsync(key, cancellationToken)).Select(b => BookmarkBody.Of(key, b))], null));
    }

    private static async Task<IResult> AnswerAsync(
        string id, AnswerBody body, HttpRequest request, IInstanceQueries queries, IWorkflowRuntime runtime, CancellationToken cancellationToken)
    {
        if (await queries.FindBookmarkAsync("", id, cancellationToken) is not var (key, bookmark))
            return Problem.Of(StatusCodes.Status404NotFound, "No such question", $"There is no bookmark '{id}'. GET /api/bookmarks lists those that are open.");

        var answer = body.Answer.ValueKind == JsonValueKind.Undefined ? Values.Null : body.Answer;
        if (bookmark.Status == BookmarkStatus.Open && Misfit(bookmark, answer) is { } misfit)
            return Problem.Of(StatusCodes.Status422UnprocessableEntity, "The answer does not fit", "The question is still open. Correct the answer and send it again.", [misfit], key.InstanceId);

        // The same key with the same answer is the same answer, told again.
        var stimulus = RunStarts.KeyOf(request) is { } idempotencyKey ? $"http/{RunStarts.Digest(id, idempotencyKey, answer)}" : null;
        return await runtime.ResumeAsync(new(id, answer, stimulus), cancellationToken) switch
        {
            ResumeResult.Accepted => Results.Ok(new AnsweredBody(key.InstanceId, $"/api/runs/{key.InstanceId}")),
            ResumeResult.AlreadyAnswered => Problem.Of(StatusCodes.Status409Conflict, "It was answered before", "Another answer was first: this one does not count.", runId: key.InstanceId),
            ResumeResult.Gone => Problem.Of(StatusCodes.Status410Gone, "It is too late", "The run is over, or went on without this answer.", runId: key.InstanceId),
            ResumeResult.NotFound => Problem.Of(StatusCodes.Status404NotFound, "No such question", $"There is no bookmark '{id}'."),
            var other => throw new InvalidOperationException($"The engine answered with {other}, which the server does not know."),
        };
    }

    // What does not fit is refused here, so that whoever answers is told; the activity looks again.
    private static string? Misfit(BookmarkRow bookmark, JsonElement answer)
    {
        if (bookmark.Name != AwaitReplyActivity.Bookmark || bookmark.Payload.IsEmpty)
            return null;
        try
        {
            return PersonAnswer.Misfit(answer, JsonSerializer.Deserialize<PersonQuestion>(bookmark.Payload.Span, Values.Json)?.Schema ?? default);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Answer">A text, or what the question's schema asks for.</param>
internal sealed record AnswerBody(JsonElement Answer);

/// <param name="Run">The run that goes on with it.</param>
internal sealed record AnsweredBody(string Run, string Location);
