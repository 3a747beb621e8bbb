using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Client;

/// <summary>Something that was said in a run.</summary>
public sealed record RunMessage
{
    public required string Id { get; init; }

    public required string Conversation { get; init; }

    /// <summary>1-based order within the run.</summary>
    [JsonPropertyName("seq")]
    public long Sequence { get; init; }

    public required string Sender { get; init; }

    /// <summary>Null: to all.</summary>
    public string? Recipient { get; init; }

    public required string Content { get; init; }

    /// <summary><c>prompt</c>, <c>reply</c>, <c>question</c>, <c>answer</c>, …</summary>
    public required string Kind { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>The execution that said it; 0 for a message from outside.</summary>
    public long Execution { get; init; }

    /// <summary>The model call it came from, if any.</summary>
    public string? Call { get; init; }
}
