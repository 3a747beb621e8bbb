using System.ComponentModel.DataAnnotations.Schema;
using LlmOrc.Workflows.Metering;
using Microsoft.EntityFrameworkCore;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>Something that was said.</summary>
[Table("messages")]
[PrimaryKey(nameof(TenantId), nameof(InstanceId), nameof(Sequence))]
[Index(nameof(TenantId), nameof(Id), IsUnique = true, Name = "ux_messages_id")]
internal sealed class MessageRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("sequence")]
    public required long Sequence { get; init; }

    [Column("id")]
    public required string Id { get; init; }

    [Column("conversation_id")]
    public required string ConversationId { get; init; }

    [Column("sender")]
    public required string Sender { get; init; }

    [Column("recipient")]
    public string? Recipient { get; init; }

    [Column("content")]
    public required string Content { get; init; }

    [Column("kind")]
    public required string Kind { get; init; }

    [Column("time")]
    public required DateTimeOffset Time { get; init; }

    [Column("execution_id")]
    public required long ExecutionId { get; init; }

    [Column("call_id")]
    public string? CallId { get; init; }
}

/// <summary>A call that costs something.</summary>
[Table("metered_calls")]
[PrimaryKey(nameof(Ordinal))]
[Index(nameof(TenantId), nameof(Id), IsUnique = true, Name = "ux_metered_calls_id")]
[Index(nameof(TenantId), nameof(InstanceId), Name = "ix_metered_calls_instance")]
internal sealed class CallRecord
{
    /// <summary>The order of reservation; it names nothing.</summary>
    [Column("ordinal")]
    public long Ordinal { get; init; }

    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("id")]
    public required string Id { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("execution_id")]
    public required long ExecutionId { get; init; }

    [Column("attempt")]
    public required int Attempt { get; init; }

    [Column("step")]
    public required string Step { get; init; }

    [Column("agent")]
    public string? Agent { get; init; }

    [Column("provider")]
    public string? Provider { get; init; }

    [Column("model")]
    public string? Model { get; init; }

    [Column("request_hash")]
    public string? RequestHash { get; init; }

    [Column("prompt_tokens")]
    public required long PromptTokens { get; init; }

    [Column("completion_tokens")]
    public required long CompletionTokens { get; init; }

    [Column("cost")]
    public required decimal Cost { get; init; }

    [Column("latency_ms")]
    public required long LatencyMilliseconds { get; init; }

    [Column("status")]
    public required MeteredCallStatus Status { get; init; }

    [Column("message_id")]
    public string? MessageId { get; init; }

    [Column("started_at")]
    public required DateTimeOffset StartedAt { get; init; }
}
