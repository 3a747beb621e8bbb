using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

public sealed class PostgresOpeningTests(PostgresServer server) : PostgresTest(server)
{
    private const string CountTables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";

    [Fact]
    public async Task A_new_database_gets_its_tables_and_an_opened_one_keeps_what_it_has()
    {
        Assert.Equal("0", await RunAsync(CountTables));
        await Open().CreateAsync(Commits.First("one"), Stop);

        Assert.Equal("12", await RunAsync(CountTables));
        Assert.NotNull(await Open().FindAsync(new InstanceKey("", "one"), Stop));
        Assert.Equal(StoreSchema.Postgres, await RunAsync("SELECT max(\"MigrationId\") FROM llm_orc_migrations"));
    }

    [Fact]
    public async Task Many_open_the_same_new_database_at_the_same_time()
    {
        using var start = new Barrier(8);

        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Stop);
                return PostgresStore.Open(new() { ConnectionString = Address });
            },
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        var results = await Task.WhenAll(stores.Select((store, i) => store.CreateAsync(Commits.First($"instance-{i}"), Stop)));
        Assert.All(results, result => Assert.IsType<CommitResult.Committed>(result));
        Array.ForEach(stores, store => store.Dispose());
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        await Open().CreateAsync(Commits.First("one"), Stop);
        await RunAsync("INSERT INTO llm_orc_migrations VALUES ('20990101000000_FromTheFuture', '99.0.0')");

        var error = Assert.Throws<StoreVersionException>(() => Open());

        Assert.Equal(StoreOpenProblem.NewerVersion, error.Problem);
        Assert.Contains("20990101000000_FromTheFuture", error.Message);
        Assert.Contains(StoreSchema.Postgres, error.Message);
        Assert.Contains("Upgrade", error.Message);
        Assert.Contains("another database", error.Message);
        Assert.Equal("1", await RunAsync("SELECT count(*) FROM instances"));
    }

    [Fact]
    public async Task Tables_of_another_program_are_refused_and_left_alone()
    {
        await RunAsync("CREATE TABLE messages (subject TEXT)");

        var error = Assert.Throws<StoreOpenException>(() => Open());

        Assert.Equal(StoreOpenProblem.ForeignDatabase, error.Problem);
        Assert.Contains("messages", error.Message);
        // All or nothing: the tables before it are gone again.
        Assert.Equal("1", await RunAsync(CountTables));
    }

    [Fact]
    public async Task Tables_elsewhere_on_the_search_path_are_of_no_interest()
    {
        Open();
        var other = await Server.NewDatabaseAsync(Stop);

        var store = Open(address: $"{other},{Address[(Address.LastIndexOf('=') + 1)..]}");

        Assert.IsType<CommitResult.Committed>(await store.CreateAsync(Commits.First("one"), Stop));
        Assert.Equal("0", await RunAsync("SELECT count(*) FROM instances"));
    }

    [Fact]
    public async Task A_user_who_may_not_make_tables_is_told_so()
    {
        await RunAsync("CREATE ROLE reader LOGIN");

        var error = Assert.Throws<StoreOpenException>(() => Open(address: Address.Replace("Username=postgres", "Username=reader", StringComparison.Ordinal)));

        Assert.True(error.Problem == StoreOpenProblem.NotWritable, error.Message);
    }

    [Fact]
    public void A_database_that_does_not_exist_is_told_so()
    {
        var error = Assert.Throws<StoreOpenException>(() => Open(address: Address.Replace("Database=postgres", "Database=nowhere", StringComparison.Ordinal)));

        Assert.Equal(StoreOpenProblem.Unreachable, error.Problem);
        Assert.Contains("'nowhere'", error.Message);
        Assert.Contains("createdb", error.Message);
    }

    [Fact]
    public void A_server_that_is_not_there_is_told_so_without_the_password()
    {
        var error = Assert.Throws<StoreOpenException>(() => Open(address: "Host=127.0.0.1;Port=1;Username=me;Password=very-secret;Database=runs"));

        Assert.Equal(StoreOpenProblem.Unreachable, error.Problem);
        Assert.Contains("'runs' on 127.0.0.1:1", error.Message);
        Assert.DoesNotContain("very-secret", error.ToString());
    }

    [Fact]
    public void Wrong_options_are_refused_without_their_password()
    {
        foreach (var address in new[] { "", " ", "Database=runs", "runs.db", "Host=x;Passwrd=very-secret", "postgres://me:very-secret@", "postgres://me:very-secret@x:port/runs" })
        {
            var error = Assert.Throws<ArgumentException>(() => PostgresStore.Open(new() { ConnectionString = address }));
            Assert.DoesNotContain("very-secret", error.ToString());
        }
    }
}
