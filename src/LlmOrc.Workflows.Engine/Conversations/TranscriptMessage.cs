using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Conversations;

/// <summary>Something that was said in a conversation of an instance. The engine keeps it and does not know what a model is.</summary>
public sealed record TranscriptMessage
{
    /// <summary>Unique in the store.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>The conversation within its instance; an instance may hold several.</summary>
    [JsonPropertyName("conversation")]
    public required string ConversationId { get; init; }

    /// <summary>1-based order within the instance; the engine assigns it when the message is applied.</summary>
    [JsonPropertyName("seq")]
    public long Sequence { get; init; }

    [JsonPropertyName("sender")]
    public required string Sender { get; init; }

    /// <summary>Null: to all participants.</summary>
    [JsonPropertyName("recipient")]
    public string? Recipient { get; init; }

    [JsonPropertyName("content")]
    public required string Content { get; init; }

    /// <summary>What it is: <c>prompt</c>, <c>reply</c>, <c>note</c>, …</summary>
    [JsonPropertyName("kind")]
    public required string Kind { get; init; }

    [JsonPropertyName("at")]
    public DateTimeOffset Time { get; init; }

    /// <summary>The execution that said it; 0 for a message from outside.</summary>
    [JsonPropertyName("execution")]
    public long ExecutionId { get; init; }

    /// <summary>The metered call it came from, if any.</summary>
    [JsonPropertyName("call")]
    public string? CallId { get; init; }
}
