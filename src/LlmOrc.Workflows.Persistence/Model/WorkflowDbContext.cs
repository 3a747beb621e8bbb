using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>
/// What is stored, for every database: tables, keys and indexes. Each database derives its own context for its migrations and what else is
/// special to it. Commits and reads go past it by prepared statements: the change tracker costs ten times as much, and building the model
/// costs a program that starts and ends within a second more than all it does.
/// </summary>
internal abstract class WorkflowDbContext(DbContextOptions options) : DbContext(options)
{
    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
        configurationBuilder.Properties<InstanceStatus>().HaveConversion<InstanceStatusName>();
        configurationBuilder.Properties<InstanceSubStatus>().HaveConversion<InstanceSubStatusName>();
        configurationBuilder.Properties<BookmarkStatus>().HaveConversion<BookmarkStatusName>();
        configurationBuilder.Properties<MeteredCallStatus>().HaveConversion<MeteredCallStatusName>();
    }

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<InstanceRecord>(instances =>
        {
            // At most one running instance per key; a finished one gives its key back.
            instances.HasIndex(row => new { row.TenantId, row.ActivationKey }, "ux_instances_activation")
                .IsUnique().HasFilter("activation_key IS NOT NULL AND status = 'running'");
            instances.HasIndex(row => new { row.TenantId, row.CorrelationId, row.CreatedAt, row.Id }, "ix_instances_correlation")
                .HasFilter("correlation_id IS NOT NULL");
            // Candidates for recovery are few; the instances that wait are many.
            instances.HasIndex(row => new { row.TenantId, row.CreatedAt, row.Id }, "ix_instances_recovery")
                .HasFilter("status = 'running' AND (lease_expires_at IS NOT NULL OR sub_status IN ('pending', 'executing'))");
        });
        modelBuilder.Entity<InboxRecord>()
            .HasIndex(row => new { row.TenantId, row.InstanceId, row.Ordinal }, "ix_inbox_waiting")
            .HasFilter("consumed_version IS NULL");

        modelBuilder.Entity<SnapshotRecord>();
        modelBuilder.Entity<EntryRecord>();
        modelBuilder.Entity<PayloadRecord>();
        modelBuilder.Entity<DocumentRecord>();
        // The open ones are few; those that were used stay.
        modelBuilder.Entity<BookmarkRecord>()
            .HasIndex(row => new { row.TenantId, row.Ordinal }, "ix_bookmarks_open")
            .HasFilter("status = 'open'");
        modelBuilder.Entity<TimerRecord>();
        modelBuilder.Entity<OutboxRecord>();
        modelBuilder.Entity<MessageRecord>();
        modelBuilder.Entity<CallRecord>();
    }

    /// <summary>Times are UTC ticks of 100 ns: exact, and ordered as numbers on every database.</summary>
    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private sealed class InstanceStatusName() : ValueConverter<InstanceStatus, string>(status => StoredNames.Of(status), name => StoredNames.ToInstanceStatus(name));

    private sealed class InstanceSubStatusName() : ValueConverter<InstanceSubStatus, string>(status => StoredNames.Of(status), name => StoredNames.ToInstanceSubStatus(name));

    private sealed class BookmarkStatusName() : ValueConverter<BookmarkStatus, string>(status => StoredNames.Of(status), name => StoredNames.ToBookmarkStatus(name));

    private sealed class MeteredCallStatusName() : ValueConverter<MeteredCallStatus, string>(status => StoredNames.Of(status), name => StoredNames.ToMeteredCallStatus(name));
}
