using System.Net;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Stands between a provider's client library and the network, for one call: puts the key on the request, so that no library ever
/// holds it; turns answers that are not 2xx into <see cref="ProviderException"/>s before the library drops their headers and bodies; and makes
/// the reply's stream end with the call.
/// </summary>
internal sealed class ProviderHttpHandler(HttpMessageHandler network, TimeProvider time, CancellationToken callToken, ApiKey? key = null) : DelegatingHandler(network)
{
    // Enough for a message; an error page may be any size.
    private const int MaxErrorCharacters = 2_000;

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

    /// <summary>The text without the key, should a provider have quoted it.</summary>
    public string Redact(string text) => key is null ? text : text.Replace(key.Value, "[key]", StringComparison.Ordinal);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = key is null ? null : new("Bearer", key.Value);
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
        return new(Sort(response.StatusCode, error), Redact($"{(int)response.StatusCode} {response.ReasonPhrase}: {error.Message}".TrimEnd(' ', ':')))
        {
            Status = response.StatusCode,
            RetryAfter = RetryHint.Read(response.Headers, error, time),
        };
    }

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
