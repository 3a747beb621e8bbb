using LlmOrc.Workflows.Persistence.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>The model on PostgreSQL; its migrations are in <c>Migrations</c> beside it.</summary>
internal sealed class PostgresWorkflowDbContext(DbContextOptions<PostgresWorkflowDbContext> options) : WorkflowDbContext(options)
{
    // Of our own: a database may be shared with a program that uses EF too.
    internal const string HistoryTable = "llm_orc_migrations";

    private const string CorrelationIndex = "ix_instances_correlation";

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        // Ids are ordered by their bytes, as in every other store, whatever language the server was set up for.
        configurationBuilder.Properties<string>().UseCollation("C");
    }

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // Workflows choose correlation ids, of any length; a B-tree takes none that is longer than a third of a page.
        modelBuilder.Entity<InstanceRecord>(instances =>
        {
            instances.Metadata.RemoveIndex(instances.Metadata.FindIndex(CorrelationIndex)!);
            instances.HasIndex(row => row.CorrelationId, CorrelationIndex).HasMethod("hash").HasFilter("correlation_id IS NOT NULL");
        });
    }

    internal static DbContextOptions<PostgresWorkflowDbContext> OptionsOf(string connectionString) =>
        new DbContextOptionsBuilder<PostgresWorkflowDbContext>()
            .UseNpgsql(connectionString, npgsql => npgsql.MigrationsHistoryTable(HistoryTable))
            .Options;

    /// <summary>For <c>dotnet ef migrations add NAME</c>; nothing is opened.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<PostgresWorkflowDbContext>
    {
        /// <inheritdoc/>
        public PostgresWorkflowDbContext CreateDbContext(string[] args) => new(OptionsOf("Host=localhost"));
    }
}
