using System.ComponentModel.DataAnnotations.Schema;
using LlmOrc.Workflows.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>The small row of an instance, and who holds its lease.</summary>
[Table("instances")]
[PrimaryKey(nameof(TenantId), nameof(Id))]
[Index(nameof(TenantId), nameof(CreatedAt), nameof(Id), Name = "ix_instances_created")]
[Index(nameof(TenantId), nameof(DefinitionId), nameof(CreatedAt), nameof(Id), Name = "ix_instances_definition")]
internal sealed class InstanceRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("id")]
    public required string Id { get; init; }

    [Column("definition_id")]
    public required string DefinitionId { get; init; }

    [Column("definition_version_id")]
    public required string DefinitionVersionId { get; init; }

    [Column("definition_version")]
    public required int DefinitionVersion { get; init; }

    [Column("document_hash")]
    public required string DocumentHash { get; init; }

    [Column("name")]
    public string? Name { get; init; }

    [Column("correlation_id")]
    public string? CorrelationId { get; init; }

    [Column("status")]
    public required InstanceStatus Status { get; init; }

    [Column("sub_status")]
    public required InstanceSubStatus SubStatus { get; init; }

    [Column("incident_count")]
    public required int IncidentCount { get; init; }

    [Column("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    [Column("updated_at")]
    public required DateTimeOffset UpdatedAt { get; init; }

    [Column("finished_at")]
    public DateTimeOffset? FinishedAt { get; init; }

    [Column("version")]
    public required long Version { get; init; }

    [Column("commit_id")]
    public required Guid CommitId { get; init; }

    [Column("last_sequence")]
    public required long LastSequence { get; init; }

    [Column("snapshot_sequence")]
    public required long SnapshotSequence { get; init; }

    [Column("activation_key")]
    public string? ActivationKey { get; init; }

    /// <summary>Null where nobody holds the lease; all five are set or none.</summary>
    [Column("lease_host")]
    public string? LeaseHost { get; init; }

    [Column("lease_boot_id")]
    public string? LeaseBootId { get; init; }

    [Column("lease_process_id")]
    public int? LeaseProcessId { get; init; }

    [Column("lease_process_start")]
    public long? LeaseProcessStart { get; init; }

    [Column("lease_expires_at")]
    public DateTimeOffset? LeaseExpiresAt { get; init; }
}

/// <summary>The latest snapshot of an instance; apart from the row, which is rewritten with every commit.</summary>
[Table("snapshots")]
[PrimaryKey(nameof(TenantId), nameof(InstanceId))]
internal sealed class SnapshotRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("data")]
    public required byte[] Data { get; init; }
}

/// <summary>An entry of the journal.</summary>
[Table("entries")]
[PrimaryKey(nameof(TenantId), nameof(InstanceId), nameof(Sequence))]
internal sealed class EntryRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("sequence")]
    public required long Sequence { get; init; }

    [Column("type")]
    public required string Type { get; init; }

    [Column("time")]
    public required DateTimeOffset Time { get; init; }

    [Column("execution_id")]
    public required long ExecutionId { get; init; }

    [Column("data")]
    public required byte[] Data { get; init; }
}

/// <summary>A large value of an instance, by the hash of its content.</summary>
[Table("payloads")]
[PrimaryKey(nameof(TenantId), nameof(InstanceId), nameof(Hash))]
internal sealed class PayloadRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("instance_id")]
    public required string InstanceId { get; init; }

    [Column("hash")]
    public required string Hash { get; init; }

    [Column("data")]
    public required byte[] Data { get; init; }
}

/// <summary>A workflow document, by the hash of its content.</summary>
[Table("documents")]
[PrimaryKey(nameof(TenantId), nameof(Hash))]
internal sealed class DocumentRecord
{
    [Column("tenant_id")]
    public required string TenantId { get; init; }

    [Column("hash")]
    public required string Hash { get; init; }

    [Column("data")]
    public required byte[] Data { get; init; }
}
