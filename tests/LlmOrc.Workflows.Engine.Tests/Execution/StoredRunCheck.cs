using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>Checks what must be true of a stored run at any time.</summary>
internal sealed class StoredRunCheck(InMemoryStore store, TestHost host)
{
    public Task CheckAsync(InstanceKey key, CancellationToken cancellationToken) =>
        new StoredRun(StoreSeams.Of(store), host.Services.GetRequiredService<IDefinitionReader>(), key).CheckAsync(cancellationToken);
}
