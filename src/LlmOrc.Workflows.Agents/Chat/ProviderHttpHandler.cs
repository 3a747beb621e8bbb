using System.Net;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Stands between a provider's client library and the network, for one call: puts the key on the request, so that no library ever
/// holds it; turns answers that are not 2xx into <see cref="ProviderException"/>s before the library drops their headers and bodies; and makes
/// the reply's stream end with the call. It is not disposed: that would close the network, which is the provider's and serves all its calls.
/// </summary>
/// <param name="keyHeader">A header that gets the key as well, beside <c>Authorization</c>; null: none.</param>
internal sealed class ProviderHttpHandler(
    HttpMessageHandler network, TimeProvider time, CancellationToken callToken, ApiKey? key = null, string? keyHeader = null) : DelegatingHandler(network)
{
    // Of a body: read whole where it can be, so that it is understood; an error page may be any size.
    private const int MaxErrorCharacters = 64 * 1024;

    // Of what is told of it.
    private const int MaxMessageCharacters = 2_000;

    private readonly KeyRedaction? _redaction = key is null ? null : new(key.Value);

    /// <summary>The stream of the latest reply, for its last words.</summary>
    public ProviderStream? Reply { get; private set; }

    /// <summary>Connections that a provider keeps for all its calls.</summary>
    public static SocketsHttpHandler OpenNetwork() => new()
    {
        // No redirects: what an agent says, and the key, go to the configured address and nowhere else.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // No draining of a reply that is given up: the server should notice at once, and stop computing.
        ResponseDrainTimeout = TimeSpan.Zero,
        // Names of the big providers move.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
    };

    /// <summary>Sorts what a provider says of an error.</summary>
    /// <param name="status">Null for an error in the middle of a reply.</param>
    public static ProviderErrorKind Sort(HttpStatusCode? status, ProviderErrorBody error) => status switch
    {
        _ when error.Says("insufficient_quota", "billing_error") => ProviderErrorKind.QuotaExhausted,
        _ when error.Says("API_KEY_INVALID", "invalid_api_key", "authentication_error", "permission_error") => ProviderErrorKind.KeyRefused,
        _ when error.Says("model_not_found") => ProviderErrorKind.ModelMissing,
        HttpStatusCode.PaymentRequired => ProviderErrorKind.QuotaExhausted,
        HttpStatusCode.TooManyRequests => ProviderErrorKind.RateLimited,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ProviderErrorKind.KeyRefused,
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => ProviderErrorKind.Unavailable,
        HttpStatusCode.NotFound when error.Message.Contains("model", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ModelMissing,
        null when error.Says("rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED") => ProviderErrorKind.RateLimited,
        null when error.Says("overloaded_error", "UNAVAILABLE") => ProviderErrorKind.Unavailable,
        null => ProviderErrorKind.ReplyBroken,
        _ => ProviderErrorKind.Refused,
    };

    /// <summary>The text without the key, should a provider have quoted it or a part of it. Whole texts only: pieces of one could each hold too little to be known.</summary>
    public string Redact(string text) => _redaction?.Redact(text) ?? text;

    /// <summary>The error without the key; and without its cause, if that quotes it: causes are written to logs with all they say.</summary>
    public ProviderException Redact(ProviderException error)
    {
        var inner = error.InnerException is { } cause && Redact(cause.ToString()) == cause.ToString() ? cause : null;
        return new(error.Kind, Redact(error.Message), inner) { Status = error.Status, RetryAfter = error.RetryAfter };
    }

    /// <summary>For the text of one reply; null: there is no key that could be in it.</summary>
    public KeyRedaction.OfStream? RedactionOfReply() => key is null ? null : new(key.Value);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = key is null ? null : new("Bearer", key.Value);
        if (key is not null && keyHeader is not null)
        {
            request.Headers.Remove(keyHeader);
            request.Headers.Add(keyHeader, key.Value);
        }

        var response = await SendOverNetworkAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            using (response)
                throw await ReadErrorAsync(response, cancellationToken);
        }

        Reply = new ProviderStream(await response.Content.ReadAsStreamAsync(cancellationToken), callToken);
        var content = new StreamContent(Reply);
        foreach (var header in response.Content.Headers)
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        response.Content = content;
        return response;
    }

    // Sorted here: what a library makes of a broken connection is as various as they are.
    private async Task<HttpResponseMessage> SendOverNetworkAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw ProviderException.From(exception);
        }
    }

    private async Task<ProviderException> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var error = ProviderErrorBody.Read(await ReadBoundedAsync(response.Content, cancellationToken));
        return new(Sort(response.StatusCode, error), Shortened(Redact($"{(int)response.StatusCode} {response.ReasonPhrase}: {error.Message}".TrimEnd(' ', ':'))))
        {
            Status = response.StatusCode,
            RetryAfter = RetryHint.Read(response.Headers, error, time),
        };
    }

    private static string Shortened(string message) => message.Length <= MaxMessageCharacters ? message : message[..MaxMessageCharacters];

    private static async Task<string> ReadBoundedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(await content.ReadAsStreamAsync(cancellationToken));
            var buffer = new char[MaxErrorCharacters];
            var length = await reader.ReadBlockAsync(buffer, cancellationToken);
            return new string(buffer, 0, length);
        }
        catch (IOException)
        {
            // The status says enough.
            return "";
        }
    }
}
