using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Storage;

/// <summary>
/// Large values leave what is stored: they go to the payload table by content hash, and <c>{"$payload":"hash"}</c> stays in their place.
/// A diff that three turns are given is stored once.
/// </summary>
internal static class Payloads
{
    /// <summary>Values above this many UTF-8 bytes leave. About 32 kB: below it, a row of its own costs more than it saves.</summary>
    public const int InlineLimit = 32 * 1024;

    private const string Property = "$payload";
    private static readonly byte[] Prefix = Encoding.UTF8.GetBytes($$"""{"{{Property}}":"sha256-""");
    private const int HashLength = 64;

    // Serialisation is synchronous and stays on its thread: what leaves, and what comes back, is passed beside it.
    [ThreadStatic]
    private static Dictionary<string, ReadOnlyMemory<byte>>? leaving;
    [ThreadStatic]
    private static IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? returning;

    public static JsonSerializerOptions Options { get; } = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new ElementConverter(), new TextConverter() },
        MaxDepth = 256,
    };

    /// <summary>How a writer has to be made for <see cref="Write(Utf8JsonWriter, JournalEntry, Dictionary{string, ReadOnlyMemory{byte}})"/>.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = Options.Encoder, MaxDepth = Options.MaxDepth, SkipValidation = true };

    /// <summary>Serialises, adding what leaves to <paramref name="payloads"/>.</summary>
    public static byte[] Write<T>(T value, Dictionary<string, ReadOnlyMemory<byte>> payloads)
    {
        leaving = payloads;
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(value, Options);
        }
        finally
        {
            leaving = null;
        }
    }

    /// <summary>Deserialises, putting payloads back.</summary>
    /// <exception cref="StoreCorruptException">What is stored cannot be read.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> payloads)
    {
        returning = payloads;
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("It is null.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new StoreCorruptException($"A stored {typeof(T).Name} cannot be read: {exception.Message}", exception);
        }
        finally
        {
            returning = null;
        }
    }

    /// <summary>Hashes of the payloads that stored JSON refers to.</summary>
    public static void CollectHashes(ReadOnlySpan<byte> json, ISet<string> hashes)
    {
        while (json.IndexOf(Prefix) is >= 0 and var at)
        {
            json = json[(at + Prefix.Length)..];
            if (json.Length >= HashLength)
                hashes.Add(Encoding.ASCII.GetString(json[..HashLength]));
        }
    }

    /// <summary>Writes to <paramref name="writer"/>, adding what leaves to <paramref name="payloads"/>.</summary>
    public static void Write(Utf8JsonWriter writer, JournalEntry entry, Dictionary<string, ReadOnlyMemory<byte>> payloads)
    {
        leaving = payloads;
        try
        {
            if (!EntryWriter.TryWrite(writer, entry))
                JsonSerializer.Serialize(writer, entry, Options);
            writer.Flush();
        }
        finally
        {
            leaving = null;
        }
    }

    /// <summary>Writes a value as <see cref="Options"/> do: a large one leaves.</summary>
    public static void WriteValue(Utf8JsonWriter writer, JsonElement value)
    {
        // System.Text.Json refuses to write an undefined element; for us it is nothing.
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            writer.WriteNullValue();
            return;
        }

        var raw = JsonMarshal.GetRawUtf8Value(value);
        // A value of the user's own that holds what looks like a reference leaves too, so that what is read as one always is one.
        if (raw.Length > InlineLimit || (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && MayMention(raw) && Mentions(value)))
            WriteReference(writer, Leave(raw.ToArray()));
        else
            value.WriteTo(writer);
    }

    /// <summary>Writes a text as <see cref="Options"/> do: a long one leaves.</summary>
    public static void WriteText(Utf8JsonWriter writer, string value)
    {
        // A UTF-16 character makes up to three UTF-8 bytes: only long texts are counted exactly.
        if (value.Length > InlineLimit / 3 && Encoding.UTF8.GetByteCount(value) > InlineLimit)
            WriteReference(writer, Leave(Encoding.UTF8.GetBytes(value)));
        else
            writer.WriteStringValue(value);
    }

    // Quickly, for nearly all values: the name is nowhere in it, neither as it is nor escaped.
    private static bool MayMention(ReadOnlySpan<byte> raw) => raw.IndexOf("$payload"u8) >= 0 || raw.IndexOf("\\u"u8) >= 0;

    private static bool Mentions(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(p => p.NameEquals(Property) || Mentions(p.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(Mentions),
        _ => false,
    };

    private static string Leave(ReadOnlyMemory<byte> content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        (leaving ?? throw new InvalidOperationException("A large value is written outside of a commit."))[hash] = content;
        return hash;
    }

    private static void WriteReference(Utf8JsonWriter writer, string hash)
    {
        writer.WriteStartObject();
        writer.WriteString(Property, "sha256-" + hash);
        writer.WriteEndObject();
    }

    private static bool TryReadReference(JsonElement value, out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() != 1 || !value.TryGetProperty(Property, out var reference))
            return false;

        if (reference.ValueKind != JsonValueKind.String || reference.GetString() is not ['s', 'h', 'a', '2', '5', '6', '-', .. var hash])
            throw new JsonException("A reference to a payload is damaged.");

        return returning is not null && returning.TryGetValue(hash, out content) ? true : throw new JsonException($"The payload {hash} is missing.");
    }

    private sealed class ElementConverter : JsonConverter<JsonElement>
    {
        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => WriteValue(writer, value);

        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var value = JsonElement.ParseValue(ref reader);
            return TryReadReference(value, out var content) ? JsonElement.Parse(content.Span, new() { MaxDepth = Options.MaxDepth }) : value;
        }

        public override bool HandleNull => true;
    }

    private sealed class TextConverter : JsonConverter<string>
    {
        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => WriteText(writer, value);

        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
                return reader.GetString();

            return TryReadReference(JsonElement.ParseValue(ref reader), out var content)
                ? Encoding.UTF8.GetString(content.Span)
                : throw new JsonException("A text was expected.");
        }

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;
    }
}
