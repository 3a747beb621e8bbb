using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Http;

/// <summary>For which requests a run waits.</summary>
/// <param name="Path">A route template as of <see cref="HttpRoute.Normalize"/>.</param>
/// <param name="Methods">Upper-case.</param>
public sealed record HttpEndpointBookmark(
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("methods")] IReadOnlyList<string> Methods);
