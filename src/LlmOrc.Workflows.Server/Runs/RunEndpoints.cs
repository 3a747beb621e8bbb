using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>Runs: list, look at, cancel, retry.</summary>
internal static class RunEndpoints
{
    private const int MostOfPage = 200;

    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        api.MapGet("/runs", ListAsync).WithName("ListRuns").Needs(Permission.ReadRuns).WithSummary("Runs, newest first");
        api.MapGet("/runs/{id}", ShowAsync).WithName("ShowRun").Needs(Permission.ReadRuns).WithSummary("One run with its tree, incidents, open questions and cost");
        api.MapGet("/runs/{id}/document", DocumentAsync).WithName("ReadDocument").Needs(Permission.ReadRuns).WithSummary("The workflow document that a run is pinned to");
        api.MapGet("/runs/{id}/journal", JournalAsync).WithName("ReadJournal").Needs(Permission.ReadRuns).WithSummary("Everything that happened in a run");
        api.MapGet("/runs/{id}/messages", MessagesAsync).WithName("ReadMessages").Needs(Permission.ReadRuns).WithSummary("What was said in a run");
        api.MapPost("/runs/{id}/cancel", CancelAsync).WithName("CancelRun").Needs(Permission.CancelRuns).WithSummary("Ends a run; what it made so far stays");
        api.MapPost("/runs/{id}/retry", RetryAsync).WithName("RetryRun").Needs(Permission.RetryRuns).WithSummary("Goes on with a run that was interrupted or faulted, repeating nothing that was committed");
    }

    private static async Task<IResult> ListAsync(
        IInstanceQueries queries, CancellationToken cancellationToken,
        string? workflow = null, InstanceStatus? status = null, InstanceSubStatus? subStatus = null, string? correlationId = null, string? idPrefix = null, string? after = null,
        int limit = 50)
    {
        if (limit is < 1 or > MostOfPage)
            return Problem.Of(StatusCodes.Status400BadRequest, "The page is too large", $"limit must be 1 to {MostOfPage}.");
        if (after is not null && await queries.FindAsync(new("", after), cancellationToken) is null)
            return Problem.Of(StatusCodes.Status400BadRequest, "No such page", $"There is no run '{after}' any more to go on after. Begin again without 'after'.");

        var rows = await queries.ListAsync(new("", workflow, status, subStatus, correlationId, idPrefix, After: after, Limit: limit + 1), cancellationToken);
        return Results.Ok(new PageBody<RunBody>([.. rows.Take(limit).Select(RunBody.Of)], rows.Count > limit ? rows[limit - 1].Key.InstanceId : null));
    }

    private static async Task<IResult> ShowAsync(string id, IInstanceQueries queries, RunPages pages, CancellationToken cancellationToken, bool tree = true) =>
        await queries.FindAsync(new("", id), cancellationToken) is { } row
            ? Results.Ok(tree ? await pages.ReadWithTreeAsync(row, cancellationToken) : await pages.ReadAsync(row, cancellationToken))
            : Problem.NoRun(id);

    private static async Task<IResult> DocumentAsync(string id, IInstanceQueries queries, IDefinitionStore definitions, CancellationToken cancellationToken) =>
        await queries.FindAsync(new("", id), cancellationToken) is { } row && await definitions.FindAsync(row.Key.TenantId, row.DocumentHash, cancellationToken) is { } document
            ? Results.Bytes(document, "application/json")
            : Problem.NoRun(id);

    private static async Task<IResult> JournalAsync(
        string id, IInstanceQueries queries, IWorkflowRuntime runtime, CancellationToken cancellationToken, long from = 1, int limit = MostOfPage)
    {
        if (limit is < 1 or > MostOfPage || from < 1)
            return Problem.Of(StatusCodes.Status400BadRequest, "The page is out of range", $"limit must be 1 to {MostOfPage}, and from at least 1.");
        if (await queries.FindAsync(new("", id), cancellationToken) is not { } row)
            return Problem.NoRun(id);

        var entries = await runtime.ReadEntriesAsync(row, from, limit, cancellationToken);
        var next = entries.Count > 0 && entries[^1].Sequence < row.LastSequence ? (entries[^1].Sequence + 1).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return Results.Ok(new PageBody<EntryBody>([.. entries.Select(EntryBody.Of)], next));
    }

    private static async Task<IResult> MessagesAsync(
        string id, IInstanceQueries queries, CancellationToken cancellationToken, string? conversation = null, long from = 1, int limit = MostOfPage)
    {
        if (limit is < 1 or > MostOfPage || from < 1)
            return Problem.Of(StatusCodes.Status400BadRequest, "The page is out of range", $"limit must be 1 to {MostOfPage}, and from at least 1.");
        var key = new InstanceKey("", id);
        if (await queries.FindAsync(key, cancellationToken) is null)
            return Problem.NoRun(id);

        var messages = await queries.ReadMessagesAsync(key, conversation, from, limit + 1, cancellationToken);
        var next = messages.Count > limit ? messages[limit].Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return Results.Ok(new PageBody<JsonElement>([.. messages.Take(limit).Select(m => JsonSerializer.SerializeToElement(m, Values.Json))], next));
    }

    private static async Task<IResult> CancelAsync(string id, CancelBody? body, IWorkflowRuntime runtime, CancellationToken cancellationToken) =>
        await runtime.CancelAsync(id, body?.Reason, cancellationToken: cancellationToken) switch
        {
            CancelResult.Requested => Results.Accepted($"/api/runs/{id}"),
            CancelResult.AlreadyFinished => Problem.Of(StatusCodes.Status409Conflict, "It is over", "The run has ended: there is nothing to cancel."),
            var other => throw new InvalidOperationException($"The engine answered with {other}, which the server does not know."),
        };

    private static async Task<IResult> RetryAsync(string id, IWorkflowRuntime runtime, CancellationToken cancellationToken) =>
        await runtime.ContinueAsync(id, cancellationToken: cancellationToken) switch
        {
            ContinueResult.Continued or ContinueResult.OwnedElsewhere => Results.Accepted($"/api/runs/{id}"),
            ContinueResult.Waiting => Problem.Of(StatusCodes.Status409Conflict, "It waits", $"Nothing of the run faulted: it waits for an answer or a time. GET /api/runs/{id} says for what."),
            ContinueResult.Finished => Problem.Of(StatusCodes.Status409Conflict, "It is over", "The run has ended: start a new one."),
            var other => throw new InvalidOperationException($"The engine answered with {other}, which the server does not know."),
        };
}

/// <param name="Reason">Why; it is kept.</param>
internal sealed record CancelBody(string? Reason);

/// <summary>One thing that happened.</summary>
/// <param name="Type">Which kind of thing, e.g. <c>activity-completed</c>.</param>
/// <param name="Entry">All of it, as it is stored.</param>
internal sealed record EntryBody(long Sequence, DateTimeOffset Time, string Type, JsonElement Entry)
{
    public static EntryBody Of(JournalEntry entry)
    {
        var stored = EntryJson.Write(entry);
        return new(entry.Sequence, entry.Time, stored.GetProperty("t").GetString()!, stored);
    }
}
