using System.ComponentModel.DataAnnotations.Schema;
using LlmOrc.Workflows.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>Where an instance waits, or waited.</summary>
[Table("bookmarks")]
[PrimaryKey(nameof(Ordinal))]
[Index(nameof(TenantId), nameof(Id), IsUnique = true, Name = "ux_bookmarks_id")]
[Index(nameof(TenantId), nameof(InstanceId), Name = "ix_bookmarks_instance")]
internal sealed class BookmarkRecord
{
    /// <summary>The order of insertion; it names nothing.</summary>
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

    [Column("activity_id")]
    public required string ActivityId { get; init; }

    [Column("name")]
    public required string Name { get; init; }

    [Column("payload")]
    public required byte[] Payload { get; init; }

    [Column("is_multi_use")]
    public required bool IsMultiUse { get; init; }

    [Column("status")]
    public required BookmarkStatus Status { get; init; }

    [Column("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    [Column("consumed_at")]
    public DateTimeOffset? ConsumedAt { get; init; }

    [Column("stimulus_id")]
    public string? StimulusId { get; init; }
}

/// <summary>A durable timer.</summary>
[Table("timers")]
[PrimaryKey(nameof(TenantId), nameof(InstanceId), nameof(Id))]
[Index(nameof(DueAt), Name = "ix_timers_due")]
internal sealed class TimerRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("id")]
    public required string Id { get; init; }

    [Column("execution_id")]
    public required long ExecutionId { get; init; }

    [Column("name")]
    public required string Name { get; init; }

    [Column("due_at")]
    public required DateTimeOffset DueAt { get; init; }
}

/// <summary>A stimulus for an instance; it stays after it was used up, so that a repeat is known.</summary>
[Table("inbox")]
[PrimaryKey(nameof(Ordinal))]
[Index(nameof(TenantId), nameof(InstanceId), nameof(Id), IsUnique = true, Name = "ux_inbox_id")]
internal sealed class InboxRecord
{
    /// <summary>The order of arrival; it names nothing.</summary>
    [Column("ordinal")]
    public long Ordinal { get; init; }

    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("id")]
    public required string Id { get; init; }

    [Column("kind")]
    public required string Kind { get; init; }

    /// <summary>Empty once it is used up: the journal has it then.</summary>
    [Column("payload")]
    public required byte[] Payload { get; init; }

    [Column("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The version of the instance that used it up; null while it waits.</summary>
    [Column("consumed_version")]
    public long? ConsumedVersion { get; init; }
}

/// <summary>Something to be delivered outside.</summary>
[Table("outbox")]
[PrimaryKey(nameof(Ordinal))]
[Index(nameof(TenantId), nameof(InstanceId), nameof(Id), IsUnique = true, Name = "ux_outbox_id")]
internal sealed class OutboxRecord
{
    /// <summary>The order of insertion; it names nothing.</summary>
    [Column("ordinal")]
    public long Ordinal { get; init; }

    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("id")]
    public required string Id { get; init; }

    [Column("kind")]
    public required string Kind { get; init; }

    [Column("target")]
    public required string Target { get; init; }

    [Column("payload")]
    public required byte[] Payload { get; init; }

    [Column("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }
}
