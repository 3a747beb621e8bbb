using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>Elsa's helper functions for text, JSON, GUIDs and bytes. Bytes are lists of numbers here; base64 text is taken where bytes are expected.</summary>
internal static class JavaScriptFunctions
{
    private static readonly Dictionary<string, Func<IReadOnlyList<JsonElement>, JsonElement>> Functions = new(StringComparer.Ordinal)
    {
        ["isNullOrWhiteSpace"] = arguments => Values.From(string.IsNullOrWhiteSpace(arguments.TextOrNull(0))),
        ["isNullOrEmpty"] = arguments => Values.From(string.IsNullOrEmpty(arguments.TextOrNull(0))),
        ["toJson"] = arguments => Values.From(JsonSerializer.Serialize(arguments.At(0).OrNull(), Values.Json)),
        ["parseGuid"] = arguments => Values.From(ParseGuid(arguments.Text(0)).ToString()),
        ["newGuid"] = _ => Values.From(Guid.NewGuid().ToString()),
        ["newGuidString"] = _ => Values.From(Guid.NewGuid().ToString()),
        ["newShortGuid"] = _ => Values.From(ShortGuid()),
        ["getGuid"] = _ => Values.From(Guid.NewGuid().ToString()),
        ["getGuidString"] = _ => Values.From(Guid.NewGuid().ToString()),
        ["getShortGuid"] = _ => Values.From(ShortGuid()),
        ["bytesToString"] = arguments => Values.From(Encoding.UTF8.GetString(Bytes(arguments.At(0)))),
        ["bytesFromString"] = arguments => Numbers(Encoding.UTF8.GetBytes(arguments.Text(0))),
        ["bytesToBase64"] = arguments => Values.From(Convert.ToBase64String(Bytes(arguments.At(0)))),
        ["bytesFromBase64"] = arguments => Numbers(FromBase64(arguments.Text(0))),
        ["stringToBase64"] = arguments => Values.From(Convert.ToBase64String(Encoding.UTF8.GetBytes(arguments.Text(0)))),
        ["stringFromBase64"] = arguments => Values.From(Encoding.UTF8.GetString(FromBase64(arguments.Text(0)))),
        ["streamToBytes"] = arguments => Numbers(Bytes(arguments.At(0))),
        ["streamToBase64"] = arguments => Values.From(Convert.ToBase64String(Bytes(arguments.At(0)))),
        ["getConfig"] = _ => throw new NotSupportedException("getConfig is not available, because configuration holds secrets: pass what the workflow needs as an input."),
        ["getSecret"] = _ => throw new NotSupportedException("getSecret is not available, because a script could pass the secret on: give it to the activity that needs it."),
        ["createEventTriggerUrl"] = _ => throw new NotSupportedException("createEventTriggerUrl is not available: events are sent with a key to the server's API."),
    };

    public static void Install(JavaScriptGlobals globals)
    {
        foreach (var name in globals.Names)
        {
            if (Functions.TryGetValue(name, out var function))
                globals.SetFunction(name, function);
        }
    }

    private static Guid ParseGuid(string text) => Guid.TryParse(text, out var guid) ? guid : throw new ScriptArgumentException($"'{Meant.Shortened(text)}' is no GUID.");

    // 22 characters that fit into addresses.
    private static string ShortGuid() => Convert.ToBase64String(Guid.NewGuid().ToByteArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException exception)
        {
            throw new ScriptArgumentException("The text is not base64.", exception);
        }
    }

    private static byte[] Bytes(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
            return FromBase64(value.GetString()!);
        if (value.ValueKind != JsonValueKind.Array)
            throw new ScriptArgumentException("Bytes are expected: a list of numbers from 0 to 255, or base64 text.");

        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetByte(out var number)
            ? number
            : throw new ScriptArgumentException("Bytes are numbers from 0 to 255."))];
    }

    private static JsonElement Numbers(byte[] bytes) => JsonSerializer.SerializeToElement(bytes.Select(b => (int)b));
}
