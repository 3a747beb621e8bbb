using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.Tests.Model;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class SchemaTests : ModelContract
{
    private static readonly SqliteWorkflowDbContext DesignTime = new SqliteWorkflowDbContext.DesignTime().CreateDbContext([]);

    private protected override WorkflowDbContext Context => DesignTime;

    private protected override MigrationScripts Scripts => SqliteSchema.Scripts;

    private protected override async Task WithStoreAsync(Func<StoreSeams, Task> write, Action<WorkflowDbContext> read)
    {
        await using var database = new TemporaryDatabase();
        await write(StoreSeams.Of(database.Open()));
        await using var context = new SqliteWorkflowDbContext(
            new DbContextOptionsBuilder<SqliteWorkflowDbContext>().UseSqlite($"Data Source={database.Path};Pooling=False").Options);
        read(context);
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
