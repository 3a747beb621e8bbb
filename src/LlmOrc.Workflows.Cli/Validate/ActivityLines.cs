using System.Text.Json;

namespace LlmOrc.Workflows.Cli.Validate;

/// <summary>On which line of a document each id stands: what is found in a graph is shown where its author can mend it.</summary>
internal sealed class ActivityLines
{
    private readonly Dictionary<string, int> _lines = [];

    public ActivityLines(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 });
        var (line, counted) = (1, 0);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("id"u8) || !reader.Read() || reader.TokenType != JsonTokenType.String)
                continue;

            var at = (int)reader.TokenStartIndex;
            line += utf8[counted..at].Count((byte)'\n');
            counted = at;
            _lines.TryAdd(reader.GetString()!, line);
        }
    }

    /// <summary>1-based; null where the id stands nowhere, because it was made up for an activity without one.</summary>
    public int? Of(string id) => _lines.TryGetValue(id, out var line) ? line : null;
}
