using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using LlmOrc.Workflows.Client.Http;

namespace LlmOrc.Workflows.Client.Events;

/// <summary>One connection to the events of a run, for as long as it lasts.</summary>
internal sealed class EventConnection : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _either;
    private readonly TimeSpan _limit;

    private EventConnection(HttpResponseMessage response, Stream stream, CancellationTokenSource silence, CancellationTokenSource either, TimeSpan limit)
    {
        (_response, _silence, _either, _limit) = (response, silence, either, limit);
        _items = SseParser.Create(stream).EnumerateAsync(either.Token).GetAsyncEnumerator(either.Token);
    }

    /// <summary>Connects.</summary>
    /// <param name="path">Of the events.</param>
    /// <param name="last">The last event that was seen; 0: none.</param>
    /// <exception cref="LlmOrcApiException">The server refuses, and will go on to.</exception>
    public static async Task<Opened> OpenAsync(Transport transport, string path, long last, CancellationToken cancellationToken)
    {
        var options = transport.Options;
        var silence = new CancellationTokenSource(options.SilenceLimit, options.Time);
        var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        HttpResponseMessage? response = null;
        var isKept = false;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.Add(new("text/event-stream"));
            if (last > 0)
                request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
            response = await transport.OpenAsync(request, either.Token);
            if (response.StatusCode == HttpStatusCode.NoContent)
                return new(null, IsOver: true);
            if (Transport.IsPassing(response.StatusCode))
                return new(null, RetryAfter: transport.RetryAfterOf(response), Loss: new($"The server answered with {(int)response.StatusCode}.", null, response.StatusCode));
            if (!response.IsSuccessStatusCode)
                throw await transport.ProblemOfAsync(response, either.Token);
            var connection = new EventConnection(response, await response.Content.ReadAsStreamAsync(either.Token), silence, either, options.SilenceLimit);
            isKept = true;
            return new(connection);
        }
        catch (Exception exception) when (IsLoss(exception, cancellationToken))
        {
            return new(null, Loss: exception as HttpRequestException ?? new("The server does not answer.", exception));
        }
        finally
        {
            if (!isKept)
            {
                response?.Dispose();
                either.Dispose();
                silence.Dispose();
            }
        }
    }

    /// <summary>The next event; null where the connection ended, whatever ended it.</summary>
    public async Task<SseItem<string>?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            _silence.CancelAfter(_limit);
            return await _items.MoveNextAsync() ? _items.Current : null;
        }
        catch (Exception exception) when (IsLoss(exception, cancellationToken))
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
        _either.Dispose();
        _silence.Dispose();
    }

    private static bool IsLoss(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        HttpRequestException request => Transport.IsLoss(request),
        IOException => true,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    /// <summary>What became of an attempt to connect.</summary>
    /// <param name="Connection">Null where there is none.</param>
    /// <param name="IsOver">There is nothing to come.</param>
    /// <param name="RetryAfter">When the server wants to be asked again.</param>
    internal sealed record Opened(EventConnection? Connection, bool IsOver = false, TimeSpan? RetryAfter = null, HttpRequestException? Loss = null);
}
