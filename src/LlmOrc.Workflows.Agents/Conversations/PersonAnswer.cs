using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Whether what a person answered is what she was asked for.</summary>
public static class PersonAnswer
{
    /// <summary>Why an answer does not fit a schema; null where it does, or where there is none.</summary>
    public static string? Misfit(JsonElement answer, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
            return null;

        var fits = type.GetString() switch
        {
            "object" => answer.ValueKind == JsonValueKind.Object,
            "array" => answer.ValueKind == JsonValueKind.Array,
            "string" => answer.ValueKind == JsonValueKind.String,
            "boolean" => answer.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "number" => answer.ValueKind == JsonValueKind.Number,
            "integer" => answer.ValueKind == JsonValueKind.Number && answer.TryGetInt64(out _),
            _ => true,
        };
        return fits ? null : $"It should be of type {type.GetString()}.";
    }
}
