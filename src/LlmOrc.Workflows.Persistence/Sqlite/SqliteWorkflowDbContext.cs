using LlmOrc.Workflows.Persistence.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>The model on SQLite; its migrations are in <c>Migrations</c> beside it.</summary>
internal sealed class SqliteWorkflowDbContext(DbContextOptions<SqliteWorkflowDbContext> options) : WorkflowDbContext(options)
{
    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        // Said to be never generated, so that it is a plain row id, which SQLite fills in by itself: AUTOINCREMENT would add a write to a
        // table of counters. (The strategy "None" is not kept in the snapshot, and each later migration would rebuild the tables.)
        foreach (var ordinal in modelBuilder.Model.GetEntityTypes().Select(table => table.FindProperty(nameof(InboxRecord.Ordinal))).OfType<IMutableProperty>())
        {
            ordinal.ValueGenerated = ValueGenerated.Never;
        }
    }

    /// <summary>For <c>dotnet ef migrations add NAME</c>; nothing is opened.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<SqliteWorkflowDbContext>
    {
        /// <inheritdoc/>
        public SqliteWorkflowDbContext CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqliteWorkflowDbContext>().UseSqlite("Data Source=:memory:").Options);
    }
}
