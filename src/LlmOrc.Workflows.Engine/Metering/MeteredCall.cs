using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Metering;

/// <summary>One call that costs something (a model, a tool). Reserved before it is made, settled after; one that a crash left open counts as spent.</summary>
public sealed record MeteredCall
{
    /// <summary>Unique in the store.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("execution")]
    public required long ExecutionId { get; init; }

    /// <summary>1-based attempt of the execution that made it.</summary>
    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    /// <summary>The durable step it belongs to.</summary>
    [JsonPropertyName("step")]
    public required string Step { get; init; }

    [JsonPropertyName("agent")]
    public string? Agent { get; init; }

    [JsonPropertyName("provider")]
    public string? Provider { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>SHA-256 of what was sent.</summary>
    [JsonPropertyName("request")]
    public string? RequestHash { get; init; }

    [JsonPropertyName("promptTokens")]
    public long PromptTokens { get; init; }

    [JsonPropertyName("completionTokens")]
    public long CompletionTokens { get; init; }

    /// <summary>US dollars; 0 where the profile gives no price.</summary>
    [JsonPropertyName("cost")]
    public decimal Cost { get; init; }

    [JsonPropertyName("latencyMs")]
    public long LatencyMilliseconds { get; init; }

    [JsonPropertyName("status")]
    [JsonConverter(typeof(JsonStringEnumConverter<MeteredCallStatus>))]
    public MeteredCallStatus Status { get; init; }

    /// <summary>The message that holds the reply, if one was kept.</summary>
    [JsonPropertyName("message")]
    public string? MessageId { get; init; }

    [JsonPropertyName("startedAt")]
    public DateTimeOffset StartedAt { get; init; }
}

public enum MeteredCallStatus
{
    /// <summary>Reserved: the call may be under way, or a crash left it so; it counts as spent.</summary>
    Open,

    /// <summary>It came back, and its result was kept.</summary>
    Settled,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It came back after its execution had been cancelled: paid, not used.</summary>
    Discarded,

    /// <summary>Reserved with the start of its execution, and never made.</summary>
    Unused,
}
