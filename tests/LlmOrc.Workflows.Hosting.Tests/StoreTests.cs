using LlmOrc.Workflows.Hosting;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests;

public sealed class StoreTests
{
    [Fact]
    public void Options_say_which_store_it_is()
    {
        Assert.Equal(typeof(InMemoryStore), StoreOf(_ => { }));
        Assert.Equal(typeof(SqliteStore), StoreOf(o => o.DatabasePath = "runs.db"));
        Assert.Equal(typeof(PostgresStore), StoreOf(o => (o.DatabasePath, o.PostgresConnectionString) = ("runs.db", "postgres://user@localhost/runs")));
    }

    private static Type StoreOf(Action<LlmOrcOptions> configure) => new ServiceCollection().AddLlmOrc(configure)
        .Select(service => service.ServiceType)
        .Single(type => type == typeof(InMemoryStore) || type == typeof(SqliteStore) || type == typeof(PostgresStore));
}
