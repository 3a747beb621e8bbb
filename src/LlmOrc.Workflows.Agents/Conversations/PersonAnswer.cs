using System.Text.Json;
using LlmOrc.Workflows.Agents.Structured;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Whether what a person answered is what she was asked for.</summary>
public static class PersonAnswer
{
    /// <exception cref="FailureException">The schema cannot be used: what is wrong with it, all at once.</exception>
    internal static void ThrowIfUnusable(JsonElement schema) => JsonSchema.ReadInput(schema, isOfReply: false);

    /// <summary>Why an answer does not fit a schema; null where it does, or where there is none.</summary>
    /// <exception cref="FailureException">The schema itself cannot be used.</exception>
    public static string? Misfit(JsonElement answer, JsonElement schema) =>
        JsonSchema.ReadInput(schema, isOfReply: false)?.Check(answer) is { Count: > 0 } problems ? string.Join(" ", problems) : null;
}
