using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class SqliteStoreServicesTests
{
    [Fact]
    public async Task The_four_seams_are_one_store_that_ends_with_its_provider()
    {
        await using var database = new TemporaryDatabase();
        IInstanceStore store;
        await using (var provider = new ServiceCollection().AddSqliteStores(options => options.Path = database.Path).BuildServiceProvider())
        {
            store = provider.GetRequiredService<IInstanceStore>();
            Assert.Same(store, provider.GetRequiredService<IInstanceQueries>());
            Assert.Same(store, provider.GetRequiredService<IDefinitionStore>());
            Assert.Same(store, provider.GetRequiredService<IWorkQueue>());
            Assert.Same(store, provider.GetRequiredService<SqliteStore>());
            await store.CreateAsync(Commits.First("one"), TestContext.Current.CancellationToken);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.CreateAsync(Commits.First("two"), TestContext.Current.CancellationToken));
        Assert.NotNull(await database.Open().FindAsync(new InstanceKey("", "one"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_store_that_was_registered_before_stays()
    {
        var own = new InMemoryStore();
        using var provider = new ServiceCollection().AddSingleton<IDefinitionStore>(own).AddSqliteStores(options => options.Path = "x").BuildServiceProvider();

        Assert.Same(own, provider.GetRequiredService<IDefinitionStore>());
    }

    [Fact]
    public void Wrong_options_fail_at_the_start()
    {
        using var provider = new ServiceCollection().AddSqliteStores(_ => { }).BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains("Path", error.Message);
        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IInstanceStore>());
    }
}
