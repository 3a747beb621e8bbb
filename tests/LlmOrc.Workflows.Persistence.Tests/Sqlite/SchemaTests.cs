using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class SchemaTests
{
    private static readonly SqliteWorkflowDbContext Context = new SqliteWorkflowDbContext.DesignTime().CreateDbContext([]);

    private static IModel Model => Context.GetService<IDesignTimeModel>().Model;

    [Fact]
    public void The_tenant_is_in_every_table_and_every_unique_key()
    {
        Assert.NotEmpty(Model.GetEntityTypes());
        Assert.All(Model.GetEntityTypes(), table =>
        {
            Assert.Equal("tenant_id", table.FindProperty("TenantId")?.GetColumnName());
            Assert.All(table.GetIndexes().Where(index => index.IsUnique), index => Assert.Equal("TenantId", index.Properties[0].Name));
            // A generated ordinal names nothing, so it cannot belong to the wrong tenant; such a table has a unique key beside it.
            Assert.All(table.GetKeys(), key => Assert.Contains(key.Properties[0].Name, new[] { "TenantId", "Ordinal" }));
            Assert.True(table.FindPrimaryKey()!.Properties[0].Name == "TenantId" || table.GetIndexes().Any(index => index.IsUnique));
        });
    }

    [Fact]
    public void Names_of_tables_columns_and_indexes_are_said_and_not_derived_from_classes()
    {
        var name = new Regex("^[a-z]+(_[a-z]+)*$");
        Assert.All(Model.GetEntityTypes(), table =>
        {
            Assert.Matches(name, table.GetTableName());
            Assert.All(table.GetProperties(), column => Assert.Matches(name, column.GetColumnName()));
            Assert.All(table.GetIndexes(), index => Assert.Matches(name, index.GetDatabaseName()));
        });
    }

    [Fact]
    public void Each_migration_has_the_script_that_EF_writes_for_it()
    {
        Assert.Equal(Context.Database.GetMigrations(), SqliteSchema.Scripts.Known);
        var previous = Migration.InitialDatabase;
        foreach (var migration in SqliteSchema.Scripts.Known)
        {
            var expected = Context.GetService<IMigrator>().GenerateScript(previous, migration, MigrationsSqlGenerationOptions.NoTransactions);
            Assert.Equal(expected.Trim(), SqliteSchema.Scripts.Read(migration).Trim(), ignoreLineEndingDifferences: true);
            previous = migration;
        }
    }

    [Fact]
    public void The_migrations_make_what_the_model_says() => Assert.False(Context.Database.HasPendingModelChanges());

    [Fact]
    public async Task The_model_reads_what_the_statements_write()
    {
        await using var database = new TemporaryDatabase();
        var store = database.Open();
        var commit = Commits.First("one", "red") with
        {
            Lease = new Lease(Commits.Alice, Commits.Noon),
            Bookmarks = [Commits.Bookmark("b")],
            AddedTimers = [Commits.Timer("t", Commits.Noon)],
            Messages = [Commits.Message("m", 1)],
            Calls = [Commits.Call("c")],
            Outbox = [Commits.Outbox("o")],
            ConsumedInbox = ["s"],
            Payloads = Commits.Payloads([1]),
        };
        await store.CreateAsync(commit.WithSnapshot("{}"), TestContext.Current.CancellationToken);
        await store.PutAsync("red", Commits.Utf8("{}"), TestContext.Current.CancellationToken);
        await using var context = new SqliteWorkflowDbContext(
            new DbContextOptionsBuilder<SqliteWorkflowDbContext>().UseSqlite($"Data Source={database.Path};Pooling=False").Options);

        var row = context.Set<InstanceRecord>().AsNoTracking().Single(instance => instance.Status == InstanceStatus.Running);
        Assert.Equal((commit.Row.CommitId, commit.Row.CreatedAt, Commits.Noon), (row.CommitId, row.CreatedAt, row.LeaseExpiresAt!.Value));
        Assert.Equal(Commits.Call("c").Cost, context.Set<CallRecord>().AsNoTracking().Single().Cost);
        Assert.Equal(BookmarkStatus.Open, context.Set<BookmarkRecord>().AsNoTracking().Single().Status);
        Assert.Equal(1, context.Set<InboxRecord>().AsNoTracking().Single().ConsumedVersion);
        Assert.Equal(Commits.Noon, context.Set<TimerRecord>().AsNoTracking().Single().DueAt);
        Assert.Equal("m", context.Set<MessageRecord>().AsNoTracking().Single().Id);
        Assert.Equal("o", context.Set<OutboxRecord>().AsNoTracking().Single().Id);
        Assert.Equal("{}"u8.ToArray(), context.Set<SnapshotRecord>().AsNoTracking().Single().Data);
        Assert.Equal("{}"u8.ToArray(), context.Set<DocumentRecord>().AsNoTracking().Single().Data);
        Assert.Equal([1], context.Set<PayloadRecord>().AsNoTracking().Single().Data);
        Assert.Equal(1, context.Set<EntryRecord>().AsNoTracking().Single().Sequence);
    }

    [Theory]
    [InlineData(WorkSql.FindExecuting, "ix_instances_recovery")]
    [InlineData(WorkSql.FindDueTimers, "ix_timers_due")]
    [InlineData(WorkSql.FindStimuli, "ix_inbox_waiting")]
    [InlineData(WorkSql.FindOutbox, "SCAN outbox")]
    [InlineData(QuerySql.FindEntries, "sqlite_autoindex_entries_1")]
    [InlineData(QuerySql.FindMessages, "sqlite_autoindex_messages_1")]
    public async Task Queries_that_many_rows_would_slow_down_have_an_index_in_their_order(string sql, string index)
    {
        await using var database = new TemporaryDatabase();
        database.Open();
        using var connection = database.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {Regex.Replace(sql, "@[a-z_]+", "'1'")}";
        using var reader = command.ExecuteReader();
        var plan = "";
        while (reader.Read())
        {
            plan += $"{reader.GetString(3)}\n";
        }

        Assert.Contains(index, plan);
        Assert.DoesNotContain("TEMP B-TREE", plan);
    }
}
