using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace LlmOrc.Workflows.Tests.Postgres;

public sealed class PostgresStoreServicesTests(PostgresServer server) : PostgresTest(server)
{
    [Fact]
    public async Task The_four_seams_are_one_store_that_ends_with_its_provider()
    {
        IInstanceStore store;
        await using (var provider = new ServiceCollection().AddPostgresStores(options => options.ConnectionString = Address).BuildServiceProvider())
        {
            store = provider.GetRequiredService<IInstanceStore>();
            Assert.Same(store, provider.GetRequiredService<IInstanceQueries>());
            Assert.Same(store, provider.GetRequiredService<IDefinitionStore>());
            Assert.Same(store, provider.GetRequiredService<IWorkQueue>());
            Assert.Same(store, provider.GetRequiredService<PostgresStore>());
            await store.CreateAsync(Commits.First("one"), Stop);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.CreateAsync(Commits.First("two"), Stop));
        Assert.NotNull(await Open().FindAsync(new InstanceKey("", "one"), Stop));
    }

    [Fact]
    public void A_store_that_was_registered_before_stays()
    {
        var own = new InMemoryStore();
        using var provider = new ServiceCollection().AddSingleton<IDefinitionStore>(own).AddPostgresStores(options => options.ConnectionString = Address).BuildServiceProvider();

        Assert.Same(own, provider.GetRequiredService<IDefinitionStore>());
    }

    [Fact]
    public void Wrong_options_fail_at_the_start()
    {
        using var provider = new ServiceCollection().AddPostgresStores(_ => { }).BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains("ConnectionString", error.Message);
        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IInstanceStore>());
    }
}
