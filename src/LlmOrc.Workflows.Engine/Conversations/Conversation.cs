using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Conversations;

/// <summary>A conversation that was started: who takes part, about what, and whose turn it is. It belongs to one instance.</summary>
public sealed record Conversation
{
    /// <summary>Unique in its instance.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("topic")]
    public string? Topic { get; init; }

    /// <summary>Agents and people; only they speak in it.</summary>
    [JsonPropertyName("participants")]
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>Those of the participants who are people; the others are agents.</summary>
    [JsonPropertyName("people")]
    public IReadOnlyList<string> People { get; init; } = [];

    /// <summary>Whether only the one who was addressed last may speak.</summary>
    [JsonPropertyName("turns")]
    public bool IsTurnTaking { get; init; }

    /// <summary>Whose turn it is: whoever was addressed last; null: anybody's.</summary>
    [JsonPropertyName("speaker")]
    public string? Speaker { get; init; }

    public bool Has(string participant) => Participants.Contains(participant);

    /// <summary>Whether it is this participant's turn.</summary>
    public bool MaySpeak(string participant) => !IsTurnTaking || Speaker is null || Speaker == participant;
}
