using System.Globalization;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.TestKit.Postgres;
using Npgsql;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

/// <summary>A new database for each fact, stores on it as those of several processes would be, and a look at it from beside.</summary>
public abstract class PostgresTest(PostgresServer server) : IAsyncLifetime
{
    private readonly List<PostgresStore> _stores = [];

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected PostgresServer Server { get; } = server;

    /// <summary>Of the database of this test.</summary>
    protected string Address { get; private set; } = "";

    public async ValueTask InitializeAsync() => Address = await Server.NewDatabaseAsync(Stop);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _stores.ForEach(store => store.Dispose());
        await ValueTask.CompletedTask;
    }

    /// <param name="settings">More of the address.</param>
    protected PostgresStore Open(string settings = "", string? address = null)
    {
        var store = PostgresStore.Open(new() { ConnectionString = $"{address ?? Address};{settings}" });
        _stores.Add(store);
        return store;
    }

    /// <summary>A connection beside the stores, as another program would have.</summary>
    protected async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{Address};Pooling=false");
        await connection.OpenAsync(Stop);
        return connection;
    }

    /// <summary>Runs a statement beside the stores; the first value as text.</summary>
    protected async Task<string?> RunAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        return await RunAsync(connection, sql);
    }

    protected static async Task<string?> RunAsync(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Texts of tests.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return Convert.ToString(await command.ExecuteScalarAsync(Stop), CultureInfo.InvariantCulture);
    }
}
