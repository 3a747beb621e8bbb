using System.Text;
using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>A JSON value that knows the line it stands in, so that messages can name it.</summary>
internal sealed class LocatedJson
{
    private LocatedJson(JsonElement value, int line) => (Value, Line) = (value, line);

    /// <summary>The value, without comments.</summary>
    public JsonElement Value { get; }

    /// <summary>1-based. For a property, the line of its name.</summary>
    public int Line { get; }

    /// <summary>Of an object, in the order of the file; a name may be there twice.</summary>
    public IReadOnlyList<(string Name, LocatedJson Value)> Properties { get; private init; } = [];

    /// <summary>Reads JSON with comments and trailing commas.</summary>
    /// <exception cref="JsonException">It is none; the exception knows the line.</exception>
    public static LocatedJson Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        ThrowIfHalved(new(utf8, options), utf8);
        var reader = new Utf8JsonReader(utf8, options);
        reader.Read();
        var lines = new LineCount();
        var root = ReadValue(ref reader, utf8, ref lines, lines.At(utf8, reader.TokenStartIndex));
        // Anything but comments after the value is an error, which Read throws.
        reader.Read();
        return root;
    }

    // An escaped half of a surrogate pair is well-formed JSON, but throws wherever the text is read.
    private static void ThrowIfHalved(Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped)
                continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException exception)
            {
                var line = new LineCount().At(utf8, reader.TokenStartIndex);
                throw new JsonException("A text holds half of a character (one of \\uD800 to \\uDFFF without the other half). Write the character itself.", null, line - 1, null, exception);
            }
        }
    }

    // The depth is bounded by the reader (64).
    private static LocatedJson ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ref LineCount lines, int line)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return new(JsonElement.ParseValue(ref reader), line);

        var whole = reader;
        var value = JsonElement.ParseValue(ref whole);
        var properties = new List<(string, LocatedJson)>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var nameLine = lines.At(utf8, reader.TokenStartIndex);
            reader.Read();
            properties.Add((name, ReadValue(ref reader, utf8, ref lines, nameLine)));
        }

        return new(value, line) { Properties = properties };
    }

    /// <summary>Counts line ends once, in one walk: places are asked for in the order of the file.</summary>
    private struct LineCount
    {
        private int _index;
        private int _lineEnds;

        public int At(ReadOnlySpan<byte> utf8, long index)
        {
            _lineEnds += utf8[_index..(int)index].Count((byte)'\n');
            _index = (int)index;
            return _lineEnds + 1;
        }
    }
}
