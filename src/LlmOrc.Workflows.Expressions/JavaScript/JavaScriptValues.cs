using System.Text.Json;
using Jint;
using Jint.Native;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Makes JavaScript values of JSON; they are copies that the script may change.</summary>
internal static class JavaScriptValues
{
    public static JsValue Of(Engine engine, JsonElement element, SandboxLimits limits, int depth = 0)
    {
        if (depth > limits.MaxValueDepth)
        {
            throw new JavaScriptLimitException($"a value nests deeper than {limits.MaxValueDepth}");
        }

        return element.ValueKind switch
        {
            JsonValueKind.Undefined => JsValue.Undefined,
            JsonValueKind.Null => JsValue.Null,
            JsonValueKind.True => JsBoolean.True,
            JsonValueKind.False => JsBoolean.False,
            JsonValueKind.Number => JsNumber.Create(element.GetDouble()),
            JsonValueKind.String => JsString.Create(element.GetString()!),
            JsonValueKind.Array => ArrayOf(engine, element, limits, depth),
            JsonValueKind.Object => JsObject.CreateFromEntries(
                engine,
                element.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, Of(engine, property.Value, limits, depth + 1)))),
            _ => throw new ArgumentOutOfRangeException(nameof(element), element.ValueKind, "Not a kind of JSON value."),
        };
    }

    private static JsArray ArrayOf(Engine engine, JsonElement element, SandboxLimits limits, int depth)
    {
        var items = new JsValue[element.GetArrayLength()];
        if (items.Length > limits.MaxArrayLength)
        {
            throw new JavaScriptLimitException($"a list has {items.Length} elements, {limits.MaxArrayLength} are allowed");
        }

        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            items[index++] = Of(engine, item, limits, depth + 1);
        }

        return new JsArray(engine, items);
    }
}
