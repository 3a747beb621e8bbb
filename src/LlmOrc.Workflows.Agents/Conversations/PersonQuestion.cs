using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>A question that a run waits with: the payload of its bookmark.</summary>
public sealed record PersonQuestion
{
    /// <summary>Who is asked.</summary>
    [JsonPropertyName("assignee")]
    public required string Assignee { get; init; }

    [JsonPropertyName("question")]
    public required string Question { get; init; }

    [JsonPropertyName("conversation")]
    public required string Conversation { get; init; }

    /// <summary>Who asks.</summary>
    [JsonPropertyName("sender")]
    public required string Sender { get; init; }

    /// <summary>JSON schema of the answer; null: any text.</summary>
    [JsonPropertyName("schema")]
    public JsonElement? Schema { get; init; }

    /// <summary>When the default answer counts.</summary>
    [JsonPropertyName("deadline")]
    public DateTimeOffset? Deadline { get; init; }

    [JsonPropertyName("default")]
    public JsonElement? Default { get; init; }

    /// <summary>Why the last answer did not count, if one did not.</summary>
    [JsonPropertyName("problem")]
    public string? Problem { get; init; }
}
