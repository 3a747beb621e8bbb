using System.Buffers.Text;
using System.Text.Json;

namespace LlmOrc.Workflows;

/// <summary>Values in workflows are JSON: immutable, explicit, and the same in memory, in the journal and on the wire.</summary>
public static class Values
{
    /// <summary>JSON null.</summary>
    public static readonly JsonElement Null = JsonSerializer.SerializeToElement<object?>(null);

    /// <summary>JSON true.</summary>
    public static readonly JsonElement True = JsonSerializer.SerializeToElement(true);

    /// <summary>JSON false.</summary>
    public static readonly JsonElement False = JsonSerializer.SerializeToElement(false);

    /// <summary>An object without properties.</summary>
    public static readonly JsonElement EmptyObject = JsonSerializer.SerializeToElement(new Dictionary<string, object>());

    /// <summary>Names are camelCase on the wire, and read in any case.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Indexes and counters are the values that control flow makes most.
    private static readonly JsonElement[] SmallNumbers = [.. Enumerable.Range(0, 256).Select(n => JsonSerializer.SerializeToElement(n))];

    /// <summary>A whole number.</summary>
    public static JsonElement Number(long value)
    {
        if (value is >= 0 and < 256)
            return SmallNumbers[value];

        Span<byte> text = stackalloc byte[20];
        _ = Utf8Formatter.TryFormat(value, text, out var length);
        return JsonElement.Parse(text[..length]);
    }

    /// <summary>Whether <paramref name="value"/> carries nothing: undefined or null.</summary>
    public static bool IsNothing(this JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>Turns a .NET value into a workflow value; a <see cref="JsonElement"/> passes through.</summary>
    public static JsonElement From(object? value) => value switch
    {
        null => Null,
        JsonElement { ValueKind: JsonValueKind.Undefined } => Null,
        JsonElement element => element,
        bool flag => flag ? True : False,
        int number => Number(number),
        long number => Number(number),
        _ => JsonSerializer.SerializeToElement(value, value.GetType(), Json),
    };

    /// <summary>The text of a value: a string as it is, nothing as an empty string, everything else as JSON.</summary>
    public static string ToText(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
