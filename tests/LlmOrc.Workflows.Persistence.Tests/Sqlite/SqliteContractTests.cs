using LlmOrc.Workflows.TestKit.Storage;

namespace LlmOrc.Workflows.Tests.Sqlite;

public sealed class SqliteInstanceStoreTests : InstanceStoreContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(new TemporaryDatabase().OpenSeams());
}

public sealed class SqliteInstanceQueriesTests : InstanceQueriesContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(new TemporaryDatabase().OpenSeams());
}

public sealed class SqliteDefinitionStoreTests : DefinitionStoreContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(new TemporaryDatabase().OpenSeams());
}

public sealed class SqliteWorkQueueTests : WorkQueueContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(new TemporaryDatabase().OpenSeams());
}
