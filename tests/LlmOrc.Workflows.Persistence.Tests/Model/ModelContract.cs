using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Xunit;

namespace LlmOrc.Workflows.Tests.Model;

/// <summary>What the model of every database keeps to; inherited for each.</summary>
public abstract class ModelContract
{
    /// <summary>The context of the design time.</summary>
    private protected abstract WorkflowDbContext Context { get; }

    private protected abstract MigrationScripts Scripts { get; }

    /// <summary>Stores by <paramref name="write"/> in a new database, and gives a context on it to <paramref name="read"/>.</summary>
    private protected abstract Task WithStoreAsync(Func<StoreSeams, Task> write, Action<WorkflowDbContext> read);

    private IModel Model => Context.GetService<IDesignTimeModel>().Model;

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
        Assert.Equal(Context.Database.GetMigrations(), Scripts.Known);
        var previous = Migration.InitialDatabase;
        foreach (var migration in Scripts.Known)
        {
            var expected = Context.GetService<IMigrator>().GenerateScript(previous, migration, MigrationsSqlGenerationOptions.NoTransactions);
            Assert.Equal(expected.Trim(), Scripts.Read(migration).Trim(), ignoreLineEndingDifferences: true);
            previous = migration;
        }
    }

    [Fact]
    public void The_migrations_make_what_the_model_says() => Assert.False(Context.Database.HasPendingModelChanges());

    [Fact]
    public async Task The_model_reads_what_the_statements_write()
    {
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

        await WithStoreAsync(WriteAsync, context =>
        {
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
        });

        async Task WriteAsync(StoreSeams store)
        {
            await store.Instances.CreateAsync(commit.WithSnapshot("{}"), TestContext.Current.CancellationToken);
            await store.Definitions.PutAsync("red", Commits.Utf8("{}"), TestContext.Current.CancellationToken);
        }
    }
}
