using System.Net;
using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Stands between a provider's client library and the network, for one call: turns answers that are not 2xx into
/// <see cref="ProviderException"/>s before the library drops their headers and bodies, and makes the reply's stream end with the call.
/// </summary>
internal sealed class ProviderHttpHandler(HttpMessageHandler network, TimeProvider time, CancellationToken callToken) : DelegatingHandler(network)
{
    // Enough for a message; an error page may be any size.
    private const int MaxErrorCharacters = 2_000;

    /// <summary>The stream of the latest reply, for its last words.</summary>
    public ProviderStream? Reply { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
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

    private async Task<ProviderException> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadBoundedAsync(response.Content, cancellationToken);
        var kind = response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => ProviderErrorKind.RateLimited,
            HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => ProviderErrorKind.Unavailable,
            HttpStatusCode.NotFound when ErrorText(body).Contains("model", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ModelMissing,
            _ => ProviderErrorKind.Refused,
        };
        return new(kind, $"{(int)response.StatusCode} {response.ReasonPhrase}: {ErrorText(body)}".TrimEnd(' ', ':'))
        {
            Status = response.StatusCode,
            RetryAfter = RetryAfter(response),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
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

    /// <summary>The sentence in <c>{"error": "…"}</c> or <c>{"error": {"message": "…"}}</c>, as most providers write it; else the text.</summary>
    internal static string ErrorText(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error))
                return error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message) ? message.ToText() : error.ToText();
        }
        catch (JsonException)
        {
            // A plain text.
        }

        return body.Trim();
    }
}
