using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Client.Http;

/// <summary>How the server writes JSON.</summary>
internal static class Wire
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // What a workflow computes may be deeper than what people write.
        MaxDepth = 256,
    };
}

/// <summary>A page of a list.</summary>
/// <param name="Next">Null where this is the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>problem+json.</summary>
internal sealed record ProblemBody(string? Title, string? Detail, IReadOnlyList<string>? Errors, string? RunId);
