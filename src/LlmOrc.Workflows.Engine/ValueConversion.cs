using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace LlmOrc.Workflows;

/// <summary>
/// Tolerant conversions between workflow values and types, as Elsa's designer expects them: numbers and booleans from
/// text, text from anything, objects and lists from JSON text.
/// </summary>
public static class ValueConversion
{
    // Documents use a handful of type names, each for every value. Names of damaged documents are as bounded as the documents.
    private static readonly ConcurrentDictionary<string, string> ShortNames = new(StringComparer.Ordinal);

    /// <summary>Converts to a .NET type; nothing becomes its default.</summary>
    /// <exception cref="JsonException">The value does not fit.</exception>
    /// <exception cref="FormatException">The text does not fit.</exception>
    public static T? To<T>(JsonElement value)
    {
        if (typeof(T) == typeof(JsonElement))
            return (T)(object)value;
        if (value.IsNothing())
            return default;
        if (typeof(T) == typeof(string))
            return (T)(object)value.ToText();
        if (typeof(T) == typeof(bool) || typeof(T) == typeof(bool?))
            return (T)(object)ToBoolean(value);
        if (value.ValueKind == JsonValueKind.String)
            return FromText<T>(value);
        return value.Deserialize<T>(Values.Json);
    }

    /// <summary>Converts to what a type name of a document says; a name nobody knows means any value.</summary>
    /// <param name="typeName">An alias such as <c>Int32</c>, <c>String[]</c>, or an assembly-qualified name of an older file.</param>
    /// <exception cref="FormatException">The value does not fit.</exception>
    public static JsonElement ToNamedType(JsonElement value, string? typeName)
    {
        if (value.IsNothing() || typeName is null)
            return value;

        return ShortNames.GetOrAdd(typeName, ShortName) switch
        {
            "string" => value.ValueKind == JsonValueKind.String ? value : Values.From(value.ToText()),
            "boolean" or "bool" => ToBoolean(value) ? Values.True : Values.False,
            "int16" => ToInteger(value, short.MinValue, short.MaxValue),
            "int32" or "int" => ToInteger(value, int.MinValue, int.MaxValue),
            "int64" or "long" => ToInteger(value, long.MinValue, long.MaxValue),
            "single" or "double" or "decimal" or "float" => ToNumber(value),
            "object" => value,
            _ => FromJsonText(value, typeName),
        };
    }

    /// <summary>The last part of a type name, lower-case, without assembly, namespace and nullable mark; lists end in <c>[]</c>.</summary>
    public static string ShortName(string typeName)
    {
        ArgumentNullException.ThrowIfNull(typeName);
        if (typeName.Contains('<') || typeName.Contains('[') || typeName.Contains('`'))
            return "[]";

        var name = typeName.AsSpan();
        if (name.IndexOf(',') is >= 0 and var comma)
            name = name[..comma];
        if (name.LastIndexOf('.') is >= 0 and var dot)
            name = name[(dot + 1)..];
        return name.Trim().TrimEnd('?').ToString().ToLowerInvariant();
    }

    private static bool ToBoolean(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null or JsonValueKind.Undefined => false,
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.String when bool.TryParse(value.GetString(), out var parsed) => parsed,
        JsonValueKind.String when value.GetString() is "" or "0" => false,
        JsonValueKind.String when value.GetString() is "1" => true,
        _ => throw new FormatException($"'{value}' is neither true nor false."),
    };

    private static JsonElement ToInteger(JsonElement value, long min, long max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var given))
            return given >= min && given <= max ? value : throw new FormatException($"'{value}' is not between {min} and {max}.");

        var number = ToDouble(value);
        var whole = Math.Round(number, MidpointRounding.ToEven);
        return Math.Abs(whole) < 9e15 && whole >= min && whole <= max
            ? JsonSerializer.SerializeToElement((long)whole)
            : throw new FormatException($"'{value}' is not a whole number.");
    }

    private static JsonElement ToNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value : JsonSerializer.SerializeToElement(ToDouble(value));

    private static double ToDouble(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && double.IsFinite(parsed) => parsed,
        _ => throw new FormatException($"'{value}' is not a number."),
    };

    // Lists and objects are often written as JSON text in documents; other text is kept as it is, because a name may stand for a type of the host's own.
    private static JsonElement FromJsonText(JsonElement value, string typeName)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString()!.AsSpan().TrimStart() is not ['[' or '{', ..])
            return value;
        try
        {
            return JsonElement.Parse(value.GetString()!);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The text is not JSON for a {typeName}: {exception.Message}", exception);
        }
    }

    private static T? FromText<T>(JsonElement value)
    {
        var text = value.GetString()!;
        var target = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (target.IsEnum)
            return (T)Enum.Parse(target, text, ignoreCase: true);
        if (target == typeof(TimeSpan))
            return (T)(object)TimeSpan.Parse(text, CultureInfo.InvariantCulture);
        if (target.IsPrimitive || target == typeof(decimal))
            return (T)Convert.ChangeType(text, target, CultureInfo.InvariantCulture);
        if (text.AsSpan().TrimStart() is ['[' or '{', ..])
            return JsonSerializer.Deserialize<T>(text, Values.Json);
        return value.Deserialize<T>(Values.Json);
    }
}
