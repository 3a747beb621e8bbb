using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scriban.Runtime;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Makes Scriban's values of JSON and JSON of them. No other .NET object ever reaches a template.</summary>
internal static class TemplateValues
{
    // Escapes what JSON demands and no more: the text goes to models and people, not into HTML.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static object? Of(JsonElement element, SandboxLimits limits, int depth = 0)
    {
        if (depth > limits.MaxValueDepth)
        {
            throw new TemplateLimitException(default, $"a value nests deeper than {limits.MaxValueDepth}");
        }

        return element.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => NumberOf(element),
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Array => ArrayOf(element, limits, depth),
            JsonValueKind.Object => ObjectOf(element, limits, depth),
            _ => throw new ArgumentOutOfRangeException(nameof(element), element.ValueKind, "Not a kind of JSON value."),
        };
    }

    /// <summary>
    /// A template's value as JSON: dates as ISO 8601 text, time spans as .NET writes them, ranges as arrays, NaN and the
    /// infinities as null; functions are an error.
    /// </summary>
    public static JsonElement ToJson(object? value, TemplateBudget budget, int maxLength)
    {
        var buffer = new LimitedBuffer(maxLength);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            Write(writer, value, budget, 0);
        }

        return JsonElement.Parse(buffer.Written);
    }

    private static object NumberOf(JsonElement element) =>
        element.TryGetInt32(out var small) ? small : element.TryGetInt64(out var large) ? large : element.GetDouble();

    private static ScriptArray ArrayOf(JsonElement element, SandboxLimits limits, int depth)
    {
        var length = element.GetArrayLength();
        if (length > limits.MaxArrayLength)
        {
            throw new TemplateLimitException(default, $"a list has {length} elements, {limits.MaxArrayLength} are allowed");
        }

        var array = new ScriptArray(length);
        foreach (var item in element.EnumerateArray())
        {
            array.Add(Of(item, limits, depth + 1));
        }

        return array;
    }

    private static ScriptObject ObjectOf(JsonElement element, SandboxLimits limits, int depth)
    {
        var result = new ScriptObject();
        foreach (var property in element.EnumerateObject())
        {
            result.SetValue(property.Name, Of(property.Value, limits, depth + 1), readOnly: false);
        }

        return result;
    }

    private static void Write(Utf8JsonWriter writer, object? value, TemplateBudget budget, int depth)
    {
        if (depth > budget.Limits.MaxValueDepth)
        {
            throw new TemplateLimitException(default, $"a value nests deeper than {budget.Limits.MaxValueDepth} or holds itself");
        }

        switch (value)
        {
            case null or EmptyScriptObject:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case double or float:
                WriteFinite(writer, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case int or long or short or byte or uint or ulong or ushort or sbyte or decimal or BigInteger:
                writer.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
            case DateTime time:
                writer.WriteStringValue(time.ToString("o", CultureInfo.InvariantCulture));
                break;
            case TimeSpan span:
                writer.WriteStringValue(span.ToString("c", CultureInfo.InvariantCulture));
                break;
            case IScriptCustomFunction:
                throw new ScriptRuntimeException(default, "the result is a function");
            case ScriptObject instance:
                WriteObject(writer, instance, budget, depth);
                break;
            case IEnumerable list:
                WriteArray(writer, list, budget, depth);
                break;
            default:
                throw new ScriptRuntimeException(default, "the result has no JSON form");
        }
    }

    private static void WriteFinite(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, ScriptObject instance, TemplateBudget budget, int depth)
    {
        writer.WriteStartObject();
        foreach (var name in ((IScriptObject)instance).GetMembers())
        {
            budget.CheckClock(null);
            if (instance.TryGetValue(null!, default, name, out var member) && member is not IScriptCustomFunction)
            {
                writer.WritePropertyName(name);
                Write(writer, member, budget, depth + 1);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter writer, IEnumerable list, TemplateBudget budget, int depth)
    {
        var count = 0;
        writer.WriteStartArray();
        foreach (var item in list)
        {
            budget.CheckList(null, ++count);
            budget.CheckClock(null);
            Write(writer, item, budget, depth + 1);
        }

        writer.WriteEndArray();
    }
}
