using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LlmOrc.Workflows.Client.Http;

namespace LlmOrc.Workflows.Client.Events;

/// <summary>Watches a run over as many connections as it takes: every entry once, in order, until there is nothing more to come.</summary>
internal sealed class RunWatch(Transport transport, string path, WatchUntil until, Func<CancellationToken, Task<WorkflowRun>> look)
{
    private const string Finished = "instance-finished";

    private readonly SpokenText _spoken = new();
    private long _last;
    private bool _isOver;

    public async IAsyncEnumerable<RunEvent> EventsAsync(long afterSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _last = afterSequence;
        var options = transport.Options;
        var backOff = new BackOff(options.ReconnectFor, options.Time);
        while (true)
        {
            var opened = await EventConnection.OpenAsync(transport, until == WatchUntil.Rest ? $"{path}?until=rest" : path, _last, cancellationToken);
            if (opened.IsOver)
                yield break;
            if (opened.Connection is { } connection)
            {
                await using (connection)
                {
                    while (await connection.NextAsync(cancellationToken) is { } item && IsNext(item))
                    {
                        backOff.Reset();
                        if (Take(item) is { } @event)
                            yield return @event;
                        if (_isOver || await IsOverAsync(item, cancellationToken))
                            yield break;
                    }
                }
            }

            if (backOff.Next(opened.RetryAfter) is not { } pause)
                throw opened.Loss ?? new HttpRequestException("The server ends the connection again and again.");
            yield return new RunEvent.Interrupted(backOff.Attempt, pause);
            await Task.Delay(pause, options.Time, cancellationToken);
        }
    }

    // After a gap, which no server should make, what is missing is asked for again.
    private bool IsNext(SseItem<string> item) => SequenceOf(item) is not { } sequence || sequence <= _last + 1;

    private static long? SequenceOf(SseItem<string> item) => item.EventType is "token" or "restarted" or "rest" or "ping" || item.Data.Length == 0 ? null
        : JsonElement.Parse(item.Data, new() { MaxDepth = Wire.Json.MaxDepth }) is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty("sequence", out var sequence) ? sequence.GetInt64() : null;

    private RunEvent? Take(SseItem<string> item)
    {
        switch (item.EventType)
        {
            case "token":
                return _spoken.Take(Read<RunEvent.Token>(item));
            case "restarted":
                var restarted = Read<RunEvent.Restarted>(item);
                _spoken.Forget(restarted.ExecutionId);
                return restarted;
            case "rest":
                _isOver = true;
                return null;
        }

        // What newer servers may send beside it is for newer clients.
        if (SequenceOf(item) is not { } sequence || sequence <= _last)
            return null;
        var entry = Read<RunEntry>(item);
        _last = sequence;
        if (entry.Type is "activity-started" or "activity-completed" or "activity-faulted" or "activity-retry-scheduled" && entry.Entry.TryGetProperty("x", out var execution))
            _spoken.Forget(execution.GetInt64());
        return new RunEvent.Committed(entry);
    }

    // A faulted run is over, unless it was retried since.
    private async Task<bool> IsOverAsync(SseItem<string> item, CancellationToken cancellationToken)
    {
        if (item.EventType != Finished)
            return false;
        if (Read<RunEntry>(item).Entry.GetProperty("subStatus").GetString() != nameof(RunSubStatus.Faulted))
            return true;
        var run = await look(cancellationToken);
        return run.Status == RunStatus.Finished && run.LastSequence <= _last;
    }

    private static T Read<T>(SseItem<string> item) =>
        JsonSerializer.Deserialize<T>(item.Data, Wire.Json) ?? throw new JsonException($"The event '{item.EventType}' is empty.");
}
