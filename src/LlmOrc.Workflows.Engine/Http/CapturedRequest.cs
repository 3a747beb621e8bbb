using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Http;

/// <summary>An HTTP request as data: what a listener hands to an <see cref="HttpEndpointActivity"/>. Secrets are not in it.</summary>
public sealed record CapturedRequest
{
    /// <summary>Unique; the answer names it.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>Upper-case.</summary>
    [JsonPropertyName("method")]
    public required string Method { get; init; }

    /// <summary>Below the base path of triggers, without a leading slash.</summary>
    [JsonPropertyName("path")]
    public required string Path { get; init; }

    /// <summary>Values of the route template's parameters.</summary>
    [JsonPropertyName("route")]
    public IReadOnlyDictionary<string, string> RouteData { get; init; } = new Dictionary<string, string>();

    /// <summary>A name that comes several times has its values joined by commas.</summary>
    [JsonPropertyName("query")]
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    /// <summary>By name as sent, secrets struck out.</summary>
    [JsonPropertyName("headers")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [JsonPropertyName("contentType")]
    public string? ContentType { get; init; }

    /// <summary>JSON as it is, a form as an object of texts, any other text as a text; undefined: there was none.</summary>
    [JsonPropertyName("content")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Content { get; init; }

    /// <summary>Its body was over the limit, and was not taken in.</summary>
    [JsonPropertyName("tooLarge")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTooLarge { get; init; }
}
