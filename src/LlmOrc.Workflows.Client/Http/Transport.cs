using System.Net;
using System.Text.Json;

namespace LlmOrc.Workflows.Client.Http;

/// <summary>Sends requests, again where that is safe, and makes problems exceptions.</summary>
internal sealed class Transport(HttpClient http, LlmOrcClientOptions options)
{
    private const string KeyHeader = "Idempotency-Key";

    public LlmOrcClientOptions Options => options;

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(() => new(HttpMethod.Get, path), mayRepeat: true, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>All items of a list, page by page.</summary>
    /// <param name="path">With its query, which has at least one parameter.</param>
    /// <param name="cursor">The parameter that takes the <c>next</c> of the page before.</param>
    /// <param name="first">Where to begin; null: at the beginning.</param>
    public async IAsyncEnumerable<T> PagesAsync<T>(string path, string cursor, string? first, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = first;
        do
        {
            var page = await GetAsync<Page<T>>(next is null ? path : $"{path}&{cursor}={Uri.EscapeDataString(next)}", cancellationToken);
            foreach (var item in page.Items)
                yield return item;
            // A page that leads to itself would never end.
            next = page.Next == next ? null : page.Next;
        }
        while (next is not null);
    }

    /// <param name="idempotencyKey">Makes it safe to send again; null: it is sent once.</param>
    /// <param name="prefer">The header Prefer; null: none.</param>
    public Task<HttpResponseMessage> PostAsync(string path, object? body, CancellationToken cancellationToken, string? idempotencyKey = null, string? prefer = null)
    {
        var bytes = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, Wire.Json);
        return SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, path);
                if (bytes is not null)
                    request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } };
                if (idempotencyKey is not null)
                    request.Headers.Add(KeyHeader, idempotencyKey);
                if (prefer is not null)
                    request.Headers.Add("Prefer", prefer);
                return request;
            },
            mayRepeat: idempotencyKey is not null,
            cancellationToken);
    }

    /// <summary>Sends one request, and returns as soon as the answer begins; whatever goes wrong is the caller's.</summary>
    public Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync<T>(body, Wire.Json, cancellationToken) ?? throw new JsonException("The server's answer is empty.");
    }

    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, bool mayRepeat, CancellationToken cancellationToken)
    {
        var backOff = new BackOff(options.RetryFor, options.Time);
        while (true)
        {
            var (response, loss) = await TryAsync(request, cancellationToken);
            if (response is { IsSuccessStatusCode: true })
                return response;

            var wait = mayRepeat && (response is null || IsPassing(response.StatusCode)) ? backOff.Next(response is null ? null : RetryAfterOf(response)) : null;
            if (wait is null)
            {
                if (response is null)
                    throw loss!;
                using (response)
                    throw await ProblemOfAsync(response, cancellationToken);
            }

            response?.Dispose();
            await Task.Delay(wait.Value, options.Time, cancellationToken);
        }
    }

    /// <summary>Whether the connection was lost, or could not be made: it may be there again soon. A name that nobody knows will not be.</summary>
    public static bool IsLoss(HttpRequestException exception) => exception.HttpRequestError is not (
        HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.UserAuthenticationError
        or HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.VersionNegotiationError);

    /// <summary>Whether a server, or a proxy before it, may answer otherwise in a moment.</summary>
    public static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    public TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - options.Time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
        _ => null,
    };

    public async Task<LlmOrcApiException> ProblemOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken);
        return new(response.StatusCode, problem?.Title ?? response.ReasonPhrase ?? "The call failed", problem?.Detail)
        {
            Errors = problem?.Errors ?? [],
            RunId = problem?.RunId,
            RetryAfter = RetryAfterOf(response),
        };
    }

    private async Task<(HttpResponseMessage? Response, HttpRequestException? Loss)> TryAsync(Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        using var message = request();
        try
        {
            return (await http.SendAsync(message, cancellationToken), null);
        }
        catch (HttpRequestException exception) when (IsLoss(exception))
        {
            return (null, exception);
        }
    }

    // Something between us and the server may answer with a page.
    private static async Task<ProblemBody?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
            return null;
        try
        {
            return await ReadAsync<ProblemBody>(response, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
