using System.Text.Json;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Questions;

/// <summary>Makes what a person types the value that her question asks for.</summary>
internal static class AnswerText
{
    private const int MostOfSchema = 300;

    /// <summary>A text where a text fits, else JSON, else yes or no.</summary>
    /// <param name="isJson">The text is JSON whatever the question asks for.</param>
    /// <returns>The answer, or why it is none.</returns>
    public static (JsonElement Answer, string? Problem) Read(string text, PersonQuestion question, bool isJson = false)
    {
        var schema = question.Schema ?? default;
        if (string.IsNullOrWhiteSpace(text))
            return (default, "An answer must not be empty.");
        if (isJson)
            return TryParse(text) is { } value ? (value, PersonAnswer.Misfit(value, schema)) : (default, "It is not JSON.");

        // The text first: where the schema takes one, a person who writes 42 or null means these words.
        if (PersonAnswer.Misfit(Values.From(text), schema) is not { } problem)
            return (Values.From(text), null);

        string? meant = null;
        foreach (var candidate in (JsonElement?[])[TryParse(text), YesOrNo(text)])
        {
            if (candidate is not { } value)
                continue;
            var misfit = PersonAnswer.Misfit(value, schema);
            if (misfit is null)
                return (value, null);
            meant ??= misfit;
        }

        return (default, meant ?? problem);
    }

    /// <summary>What kind of answer is asked for, in a person's words; null: any text.</summary>
    public static string? Describe(JsonElement? schema)
    {
        if (schema is not { ValueKind: JsonValueKind.Object } asked || !asked.EnumerateObject().Any())
            return null;
        if (asked.TryGetProperty("enum", out var choices) && choices.ValueKind == JsonValueKind.Array)
            return $"one of: {string.Join(", ", choices.EnumerateArray().Select(c => TerminalText.CleanLine(c.ToText())))}";

        return (asked.TryGetProperty("type", out var type) ? type.ToText() : "") switch
        {
            "string" when asked.EnumerateObject().Count() == 1 => null,
            "boolean" => "yes or no",
            "integer" when asked.EnumerateObject().Count() == 1 => "a whole number",
            "number" when asked.EnumerateObject().Count() == 1 => "a number",
            _ => $"fitting the schema {Units.Shorten(TerminalText.CleanLine(asked.GetRawText()), MostOfSchema)}",
        };
    }

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? YesOrNo(string text) => text.Trim().ToUpperInvariant() switch
    {
        "Y" or "YES" => Values.From(true),
        "N" or "NO" => Values.From(false),
        _ => null,
    };
}
