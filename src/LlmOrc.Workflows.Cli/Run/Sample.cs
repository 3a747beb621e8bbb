using System.Text.Json;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>The sample input that a document brings: <c>customProperties.llmOrc.sample</c>.</summary>
internal static class Sample
{
    /// <summary>The sample, an object; null where the document has none.</summary>
    public static JsonElement? Find(ReadOnlyMemory<byte> document)
    {
        if (document.Span.StartsWith("\uFEFF"u8))
            document = document[3..];
        using var json = JsonDocument.Parse(document, new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 });
        return Member(json.RootElement, "customProperties") is { } properties
            && Member(properties, "llmOrc") is { } ours
            && Member(ours, "sample") is { ValueKind: JsonValueKind.Object } sample
            ? sample.Clone()
            : null;
    }

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : null;
}
