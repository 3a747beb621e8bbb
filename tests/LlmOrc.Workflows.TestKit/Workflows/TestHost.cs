using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>The engine with the test activities, over any stores. Disposing it is a graceful stop.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public TestHost(World? world = null, Action<IServiceCollection>? configure = null, Action<EngineOptions>? options = null)
    {
        World = world ?? new();
        var services = new ServiceCollection();
        services.AddSingleton(World);
        services.AddSingleton<Primitives.ILineWriter>(World);
        configure?.Invoke(services);
        services.AddWorkflowEngine(options).AddElsaFormat().AddInMemoryStores();
        services.AddActivitiesFrom(typeof(TestHost).Assembly);
        services.Replace(ServiceDescriptor.Singleton(provider => WithPorts(provider.GetServices<ActivityDescriptor>())));
        _services = services.BuildServiceProvider();
    }

    public World World { get; }

    public IServiceProvider Services => _services;

    public IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    public IInstanceQueries Queries => _services.GetRequiredService<IInstanceQueries>();

    public IInstanceStore Store => _services.GetRequiredService<IInstanceStore>();

    /// <summary>Starts and waits until it rests.</summary>
    public async Task<InstanceOutcome> RunAsync(StartRequest request, CancellationToken cancellationToken)
    {
        var row = await Runtime.StartAsync(request, cancellationToken);
        await Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: cancellationToken);
        return await Runtime.GetOutcomeAsync(row.Key.InstanceId, cancellationToken: cancellationToken);
    }

    /// <summary>The journal so far, as one short line per entry.</summary>
    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(string instanceId, CancellationToken cancellationToken)
    {
        var entries = new List<JournalEntry>();
        await foreach (var one in Runtime.WatchAsync(instanceId, cancellationToken: cancellationToken))
        {
            if (one is InstanceEvent.Committed committed)
                entries.Add(committed.Entry);
        }

        return entries;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    // The attribute knows no ports: a hybrid's descriptor is completed by hand.
    private static ActivityCatalog WithPorts(IEnumerable<ActivityDescriptor> descriptors) => new(descriptors.Select(d => d.TypeName != "Test.Branch" ? d : new()
    {
        TypeName = d.TypeName,
        Category = d.Category,
        DisplayName = d.DisplayName,
        Ports = ["body", "then"],
        Leaf = d.Leaf,
    }));
}
