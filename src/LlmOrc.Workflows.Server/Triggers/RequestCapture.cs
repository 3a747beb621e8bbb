using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Http;
using LlmOrc.Workflows.Server.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmOrc.Workflows.Server.Triggers;

/// <summary>Takes a request in as data: what is too large, or no text, is refused; secrets stay out.</summary>
internal static class RequestCapture
{
    private const int MaxJsonDepth = 64;
    private static readonly JsonSerializerOptions Bounded = new() { MaxDepth = MaxJsonDepth };

    private const int MaxFormValues = 1024;
    private const string StruckOut = "***";

    private static readonly string[] SecretHeaders = ["authorization", "cookie", "proxy-authorization", "x-api-key", "api-key", "idempotency-key"];
    private static readonly string[] SecretParts = ["token", "secret", "password", "signature"];

    /// <summary>The request, or why it cannot be taken in.</summary>
    public static async Task<(CapturedRequest? Request, IResult? Refusal)> CaptureAsync(HttpRequest request, string id, long maxBytes, bool mayBeTooLarge, CancellationToken cancellationToken)
    {
        var (content, refusal) = await ReadContentAsync(request, maxBytes, cancellationToken);
        var isTooLarge = mayBeTooLarge && refusal is ProblemHttpResult { StatusCode: StatusCodes.Status413PayloadTooLarge };
        if (refusal is not null && !isTooLarge)
            return (null, refusal);

        return (new()
        {
            Id = id,
            Method = request.Method.ToUpperInvariant(),
            Path = HttpRoute.Normalize(request.Path.Value![TriggerIndex.BasePath.Length..]),
            RouteData = request.RouteValues.ToDictionary(v => v.Key, v => v.Value?.ToString() ?? ""),
            Query = request.Query.ToDictionary(v => v.Key, v => v.Value.ToString()),
            Headers = request.Headers.ToDictionary(h => h.Key, h => IsSecret(h.Key) ? StruckOut : h.Value.ToString()),
            ContentType = request.ContentType,
            Content = content,
            IsTooLarge = isTooLarge,
        }, null);
    }

    private static bool IsSecret(string header) =>
        SecretHeaders.Contains(header, StringComparer.OrdinalIgnoreCase) || SecretParts.Any(part => header.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static async Task<(JsonElement Content, IResult? Refusal)> ReadContentAsync(HttpRequest request, long maxBytes, CancellationToken cancellationToken)
    {
        var feature = request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>();
        if (feature is { IsReadOnly: false })
            feature.MaxRequestBodySize = maxBytes;
        if (request.ContentLength > maxBytes)
            return (default, TooLarge(maxBytes));
        if (request.Headers.ContentEncoding.Count > 0)
            return (default, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is encoded", "Send the body as it is, without Content-Encoding."));

        byte[] bytes;
        try
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancellationToken);
            bytes = body.ToArray();
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (default, TooLarge(maxBytes));
        }

        return bytes.Length == 0 ? default : Parse(bytes, request.ContentType);
    }

    private static (JsonElement Content, IResult? Refusal) Parse(byte[] bytes, string? contentType)
    {
        var type = (contentType ?? "text/plain").Split(';')[0].Trim().ToLowerInvariant();
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return (default, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is no text", "Send JSON, a form or a text, in UTF-8."));
        }

        if (type is "application/json" or "text/json" || type.EndsWith("+json", StringComparison.Ordinal))
            return ParseJson(text);
        if (type == "application/x-www-form-urlencoded")
            return ParseForm(text);
        return type.StartsWith("text/", StringComparison.Ordinal) || type is "application/xml" or "application/yaml" || type.EndsWith("+xml", StringComparison.Ordinal)
            ? (Values.From(text), null)
            : (default, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is of no known kind", $"'{type}' is not taken in. Send JSON, a form or a text."));
    }

    private static (JsonElement Content, IResult? Refusal) ParseJson(string text)
    {
        try
        {
            return (JsonSerializer.Deserialize<JsonElement>(text, Bounded), null);
        }
        catch (JsonException exception)
        {
            return (default, Problem.Of(StatusCodes.Status400BadRequest, "The body is not JSON", $"Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: {exception.Message.Split(" Path:")[0]}"));
        }
    }

    private static (JsonElement Content, IResult? Refusal) ParseForm(string text)
    {
        var fields = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(text);
        return fields.Count <= MaxFormValues
            ? (Values.From(fields.ToDictionary(f => f.Key, f => f.Value.ToString())), null)
            : (default, Problem.Of(StatusCodes.Status400BadRequest, "The form is too large", $"A form may have {MaxFormValues} fields."));
    }

    private static IResult TooLarge(long maxBytes) => Problem.Of(StatusCodes.Status413PayloadTooLarge, "The body is too large", $"At most {maxBytes:N0} bytes are taken in here.");
}
