using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Execution;

/// <summary>Journal entries as JSON for other processes: the stored shape, with every value in its place however large it is.</summary>
public static class EntryJson
{
    private static readonly JsonSerializerOptions Options = new(Values.Json)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new NothingIsNull() },
        // As deep as what can be stored.
        MaxDepth = 256,
    };

    /// <summary>The entry with its tag <c>t</c>, without its sequence and time.</summary>
    public static JsonElement Write(JournalEntry entry) => JsonSerializer.SerializeToElement(entry, Options);

    /// <summary>Reads back what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is no entry, or one that this version does not know.</exception>
    public static JournalEntry Read(JsonElement json, long sequence, DateTimeOffset time)
    {
        try
        {
            var entry = json.Deserialize<JournalEntry>(Options) ?? throw new JsonException("An entry is null.");
            (entry.Sequence, entry.Time) = (sequence, time);
            return entry;
        }
        catch (NotSupportedException exception)
        {
            throw new JsonException("An entry has no tag.", exception);
        }
    }

    // System.Text.Json refuses to write an undefined element; for us it is nothing.
    private sealed class NothingIsNull : JsonConverter<JsonElement>
    {
        public override bool HandleNull => true;

        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
        {
            if (value.ValueKind == JsonValueKind.Undefined)
                writer.WriteNullValue();
            else
                value.WriteTo(writer);
        }
    }
}
