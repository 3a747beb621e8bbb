using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;

namespace LlmOrc.Workflows.Tests.Storage;

public sealed class InMemoryInstanceStoreTests : InstanceStoreContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(StoreSeams.Of(new InMemoryStore()));
}

public sealed class InMemoryInstanceQueriesTests : InstanceQueriesContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(StoreSeams.Of(new InMemoryStore()));
}

public sealed class InMemoryDefinitionStoreTests : DefinitionStoreContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(StoreSeams.Of(new InMemoryStore()));
}

public sealed class InMemoryWorkQueueTests : WorkQueueContract
{
    protected override ValueTask<StoreSeams> OpenAsync() => new(StoreSeams.Of(new InMemoryStore()));
}
