using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Xunit;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>An event of the stream.</summary>
internal sealed record ServerEvent(string Type, string? Id, string Data)
{
    public JsonElement Json => JsonElement.Parse(Data);
}

/// <summary>Reads the event stream of a run, as a browser does.</summary>
internal static class ServerEvents
{
    /// <summary>Until the stream ends, i.e. the run is over.</summary>
    public static async IAsyncEnumerable<ServerEvent> WatchAsync(
        this RunningServer server, string run, string? lastEventId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/runs/{run}/events");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var stop = cancellationToken;
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        // The parser gives each event the id of the last one that had any: an event of its own has it first.
        string? last = null;
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(stop))
        {
            var id = item.EventId == last ? null : item.EventId;
            last = item.EventId;
            if (item.EventType != "ping")
                yield return new(item.EventType, id, item.Data);
        }
    }

    /// <summary>All committed entries until the run is over.</summary>
    public static async Task<IReadOnlyList<ServerEvent>> EventsAsync(this RunningServer server, string run, string? lastEventId = null)
    {
        var all = new List<ServerEvent>();
        await foreach (var one in server.WatchAsync(run, lastEventId, TestContext.Current.CancellationToken))
        {
            if (one.Type is not ("token" or "restarted"))
                all.Add(one);
        }

        return all;
    }
}
