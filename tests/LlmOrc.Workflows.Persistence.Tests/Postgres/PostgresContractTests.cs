using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace LlmOrc.Workflows.Tests.Postgres;

public sealed class PostgresInstanceStoreTests(PostgresServer server) : InstanceStoreContract
{
    protected override async ValueTask<StoreSeams> OpenAsync() => await server.OpenSeamsAsync(Stop);
}

public sealed class PostgresInstanceQueriesTests(PostgresServer server) : InstanceQueriesContract
{
    protected override async ValueTask<StoreSeams> OpenAsync() => await server.OpenSeamsAsync(Stop);
}

public sealed class PostgresDefinitionStoreTests(PostgresServer server) : DefinitionStoreContract
{
    protected override async ValueTask<StoreSeams> OpenAsync() => await server.OpenSeamsAsync(Stop);
}

public sealed class PostgresWorkQueueTests(PostgresServer server) : WorkQueueContract
{
    protected override async ValueTask<StoreSeams> OpenAsync() => await server.OpenSeamsAsync(Stop);
}
