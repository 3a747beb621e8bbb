using System.Text.Json.Serialization;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>A conversation that waits for somebody to speak: the payload of its bookmark.</summary>
public sealed record OpenConversation
{
    [JsonPropertyName("conversation")]
    public required string Conversation { get; init; }

    [JsonPropertyName("topic")]
    public string? Topic { get; init; }

    [JsonPropertyName("participants")]
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>Those of the participants who are people.</summary>
    [JsonPropertyName("people")]
    public IReadOnlyList<string> People { get; init; } = [];

    /// <summary>Whose turn it is; null: anybody's.</summary>
    [JsonPropertyName("speaker")]
    public string? Speaker { get; init; }

    /// <summary>Why the last message was not taken, if one was not.</summary>
    [JsonPropertyName("problem")]
    public string? Problem { get; init; }

    internal static OpenConversation Of(Conversation conversation, string? problem) => new()
    {
        Conversation = conversation.Id,
        Topic = conversation.Topic,
        Participants = conversation.Participants,
        People = conversation.People,
        Speaker = conversation.IsTurnTaking ? conversation.Speaker : null,
        Problem = problem,
    };
}

/// <summary>What is said in a conversation that waits: the input of its bookmark.</summary>
public sealed record SpokenMessage
{
    /// <summary>A participant.</summary>
    [JsonPropertyName("sender")]
    public string? Sender { get; init; }

    /// <summary>Another one; null: all.</summary>
    [JsonPropertyName("recipient")]
    public string? Recipient { get; init; }

    [JsonPropertyName("content")]
    public string? Content { get; init; }

    /// <summary>Ends the conversation; the rest counts for nothing then.</summary>
    [JsonPropertyName("end")]
    public bool IsEnd { get; init; }
}
