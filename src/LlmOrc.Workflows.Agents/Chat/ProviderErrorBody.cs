using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>What a provider says of an error, in any of the shapes they use.</summary>
/// <param name="Message">Its sentence; a plain text where it is no JSON.</param>
/// <param name="Codes">The words for programs: code, type, status, reason.</param>
/// <param name="RetryDelay">Google's <c>RetryInfo</c>, e.g. <c>37s</c>.</param>
internal sealed record ProviderErrorBody(string Message, IReadOnlyList<string> Codes, string? RetryDelay = null)
{
    // Of Google's error details; a handful is usual.
    private const int MostDetails = 20;

    /// <summary>
    /// Reads <c>{"error": "…"}</c>, <c>{"error": {"message", "type", "code", "status", "details"}}</c>, an array of such (Gemini, at times),
    /// or a text.
    /// </summary>
    public static ProviderErrorBody Read(string body) => TryRead(body, out var error) ? error : new(PlainText(body), []);

    /// <summary>As <see cref="Read"/>, but only if it is JSON with an error in it.</summary>
    public static bool TryRead(string body, out ProviderErrorBody error)
    {
        error = new("", []);
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
                root = root[0];
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("error", out var said) || said.IsNothing())
                return false;
            error = said.ValueKind == JsonValueKind.Object ? FromObject(said) : new(said.ToText(), []);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public bool Says(params ReadOnlySpan<string> codes)
    {
        foreach (var code in codes)
        {
            if (Codes.Contains(code, StringComparer.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static ProviderErrorBody FromObject(JsonElement error)
    {
        var codes = new List<string>();
        foreach (var name in (ReadOnlySpan<string>)["code", "type", "status"])
            Add(codes, error, name);
        string? retryDelay = null;
        if (error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array)
        {
            foreach (var detail in details.EnumerateArray().Take(MostDetails).Where(d => d.ValueKind == JsonValueKind.Object))
            {
                Add(codes, detail, "reason");
                if (detail.TryGetProperty("retryDelay", out var delay) && delay.ValueKind == JsonValueKind.String)
                    retryDelay = delay.GetString();
            }
        }

        return new(error.TryGetProperty("message", out var message) ? message.ToText() : error.ToText(), codes, retryDelay);
    }

    private static void Add(List<string> codes, JsonElement from, string name)
    {
        if (from.TryGetProperty(name, out var code) && code.ValueKind == JsonValueKind.String)
            codes.Add(code.GetString()!);
    }

    // A page says less than the status it came with.
    private static string PlainText(string body)
    {
        var text = body.Trim();
        return text.StartsWith('<') ? "(a page instead of an answer)" : text;
    }
}
