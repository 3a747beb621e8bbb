using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Runs;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Events;

/// <summary>
/// A run as it happens, as server-sent events. The id of an event is the sequence of its entry: whoever comes back with Last-Event-ID misses
/// nothing and gets nothing twice. Text of turns in flight comes in between, without an id.
/// </summary>
internal static class RunEventEndpoints
{
    // Shorter than most proxies wait for a byte.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private const string UntilRest = "rest";

    public static void MapRunEvents(this IEndpointRouteBuilder api) =>
        api.MapGet("/runs/{id}/events", WatchAsync).WithName("WatchRun").Needs(Permission.ReadRuns).DisableRequestTimeout().WithSummary("Everything that happened in a run, then what happens, as server-sent events");

    private static async Task<IResult> WatchAsync(
        string id, HttpRequest request, IInstanceQueries queries, IWorkflowRuntime runtime, IHostApplicationLifetime life, TimeProvider time, CancellationToken cancellationToken, long from = 1,
        string? until = null)
    {
        if (until is not (null or UntilRest))
            return Problem.Of(StatusCodes.Status400BadRequest, "No such end", $"until may be '{UntilRest}', for a stream that ends where the run ends or waits.");
        if (await queries.FindAsync(new("", id), cancellationToken) is not { } row)
            return Problem.NoRun(id);
        if (request.Headers.TryGetValue("Last-Event-ID", out var last) && last.ToString() is { Length: > 0 } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seen))
                return Problem.Of(StatusCodes.Status400BadRequest, "No such event", "Last-Event-ID must be the id of an event of this run.");
            from = seen + 1;
        }

        // Tells a browser that there is nothing to come back for.
        if (row.Status == InstanceStatus.Finished && from > row.LastSequence)
            return Results.NoContent();
        var events = EventsAsync(runtime, id, Math.Max(1, from), until == UntilRest, life.ApplicationStopping, cancellationToken);
        return Results.ServerSentEvents(WithHeartbeatAsync(events, time, cancellationToken));
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        IWorkflowRuntime runtime, string id, long from, bool untilRest, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        await using var events = runtime.WatchAsync(id, from, untilRest, cancellationToken: either.Token).GetAsyncEnumerator(either.Token);
        while (await HasNextAsync(events, stopping))
        {
            yield return Of(events.Current);
            if (events.Current is InstanceEvent.Committed { Entry: InstanceFinished { SubStatus: not InstanceSubStatus.Faulted } })
                yield break;
        }

        // Whoever asked for it can tell this end from a connection that was lost.
        if (untilRest && !stopping.IsCancellationRequested)
            yield return new("{}", UntilRest);
    }

    // A server that stops ends its streams; their readers come back.
    private static async ValueTask<bool> HasNextAsync(IAsyncEnumerator<InstanceEvent> events, CancellationToken stopping)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private static SseItem<string> Of(InstanceEvent @event) => @event switch
    {
        InstanceEvent.Committed { Entry: var entry } => Of(EntryBody.Of(entry)),
        InstanceEvent.Token token => new(JsonSerializer.Serialize(new { token.ExecutionId, token.Attempt, token.Offset, token.Text }, Values.Json), "token"),
        InstanceEvent.Restarted restarted => new(JsonSerializer.Serialize(new { restarted.ExecutionId, restarted.Attempt }, Values.Json), "restarted"),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} has no name on the wire yet."),
    };

    private static SseItem<string> Of(EntryBody body) =>
        new(JsonSerializer.Serialize(body, Values.Json), body.Type) { EventId = body.Sequence.ToString(CultureInfo.InvariantCulture) };

    // An event without data is no event to its reader: it only shows that the connection lives.
    private static async IAsyncEnumerable<SseItem<string>> WithHeartbeatAsync(
        IAsyncEnumerable<SseItem<string>> events, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reading = events.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = reading.MoveNextAsync().AsTask();
            while (await Task.WhenAny(next, Task.Delay(Heartbeat, time, cancellationToken)) != next)
                yield return new("", "ping");
            if (!await next)
                yield break;
            yield return reading.Current;
        }
    }
}
