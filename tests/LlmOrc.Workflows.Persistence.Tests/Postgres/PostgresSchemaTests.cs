using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.Tests.Model;
using Npgsql;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

public sealed class PostgresSchemaTests(PostgresServer server) : ModelContract
{
    private static readonly PostgresWorkflowDbContext DesignTime = new PostgresWorkflowDbContext.DesignTime().CreateDbContext([]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected override WorkflowDbContext Context => DesignTime;

    private protected override MigrationScripts Scripts => PostgresSchema.Scripts;

    private protected override async Task WithStoreAsync(Func<StoreSeams, Task> write, Action<WorkflowDbContext> read)
    {
        var address = await server.NewDatabaseAsync(Stop);
        using var store = PostgresStore.Open(new() { ConnectionString = address });
        await write(StoreSeams.Of(store));
        await using var context = new PostgresWorkflowDbContext(PostgresWorkflowDbContext.OptionsOf(address));
        read(context);
    }

    [Theory]
    [InlineData(WorkSql.FindExecuting, "ix_instances_recovery")]
    [InlineData(WorkSql.FindDueTimers, "ix_timers_due")]
    [InlineData(WorkSql.FindStimuli, "ix_inbox_waiting")]
    [InlineData(WorkSql.FindOutbox, "PK_outbox")]
    [InlineData(PostgresStore.FindPage, "PK_entries")]
    [InlineData(QuerySql.FindEntries, "PK_entries")]
    [InlineData(QuerySql.FindMessages, "PK_messages")]
    public async Task Queries_that_many_rows_would_slow_down_have_an_index_in_their_order(string sql, string index)
    {
        var address = await server.NewDatabaseAsync(Stop);
        PostgresStore.Open(new() { ConnectionString = address }).Dispose();
        await using var source = NpgsqlDataSource.Create(address);
        await using var connection = await source.OpenConnectionAsync(Stop);
        // The tables are empty: what the planner would do with many rows.
        await using var command = new NpgsqlCommand($"SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN {Regex.Replace(sql, "@[a-z_]+", "'1'")}", connection);
        await using var reader = await command.ExecuteReaderAsync(Stop);
        var plan = "";
        while (await reader.ReadAsync(Stop))
        {
            plan += $"{reader.GetString(0)}\n";
        }

        Assert.Contains(index, plan);
        Assert.DoesNotContain("Sort", plan);
        Assert.DoesNotContain("Seq Scan", plan);
    }

    [Fact]
    public async Task Ids_are_ordered_by_their_bytes_whatever_the_language_of_the_database()
    {
        await server.StartAsync(Stop);
        await using var source = NpgsqlDataSource.Create(server.Address);
        await using var create = source.CreateCommand("CREATE DATABASE english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
        await create.ExecuteNonQueryAsync(Stop);
        using var store = PostgresStore.Open(new() { ConnectionString = server.Address.Replace("Database=postgres", "Database=english", StringComparison.Ordinal) });
        foreach (var id in new[] { "a", "B", "b", "A", "_", "ä" })
        {
            await store.CreateAsync(Commits.First(id), Stop);
        }

        Assert.Equal(["ä", "b", "a", "_", "B", "A"], (await store.ListAsync(new InstanceFilter(), Stop)).Select(row => row.Key.InstanceId));
    }
}
