using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>The engine with the test activities, over any stores. Disposing it is a graceful stop.</summary>
public sealed class TestHost : IAsyncDisposable
{
    // Describing activities compiles code: once is enough for all hosts of a test run.
    private static readonly Lazy<ServiceCollection> Engine = new(() =>
    {
        var services = new ServiceCollection();
        services.AddWorkflowEngine().AddElsaFormat().AddActivitiesFrom(typeof(TestHost).Assembly);
        return services;
    });

    private readonly ServiceProvider _services;

    public TestHost(World? world = null, Action<IServiceCollection>? configure = null, Action<EngineOptions>? options = null)
    {
        World = world ?? new();
        IServiceCollection services = new ServiceCollection();
        foreach (var descriptor in Engine.Value)
            services.Add(descriptor);
        services.AddSingleton(World);
        services.AddSingleton<Primitives.ILineWriter>(World);
        configure?.Invoke(services);
        services.AddInMemoryStores();
        if (options is not null)
            services.Configure(options);
        services.Replace(ServiceDescriptor.Singleton(provider => WithPorts(provider.GetServices<ActivityDescriptor>())));
        _services = services.BuildServiceProvider();
    }

    /// <summary>A host of its own over given stores, as another process would be.</summary>
    public static TestHost Over<T>(T store, World? world = null, Owner? owner = null, TimeProvider? time = null, Action<EngineOptions>? options = null, Action<IServiceCollection>? configure = null)
        where T : class, IInstanceStore, IInstanceQueries, IDefinitionStore, IWorkQueue => new(world, services =>
        {
            configure?.Invoke(services);
            services.AddSingleton<IInstanceStore>(store).AddSingleton<IInstanceQueries>(store).AddSingleton<IDefinitionStore>(store).AddSingleton<IWorkQueue>(store);
            if (owner is not null)
                services.AddSingleton(owner);
            if (time is not null)
                services.AddSingleton(time);
        }, options);

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

    /// <summary>The first committed entry from a sequence on; waits for it.</summary>
    public async Task<JournalEntry> NextEntryAsync(string instanceId, long fromSequence, CancellationToken cancellationToken) =>
        await EntryAsync(instanceId, _ => true, cancellationToken, fromSequence);

    /// <summary>The first committed entry that fits; waits for it.</summary>
    public async Task<JournalEntry> EntryAsync(string instanceId, Func<JournalEntry, bool> fits, CancellationToken cancellationToken, long fromSequence = 1)
    {
        await foreach (var one in Runtime.WatchAsync(instanceId, fromSequence, untilRest: false, cancellationToken: cancellationToken))
        {
            if (one is InstanceEvent.Committed { Entry: var entry } && fits(entry))
                return entry;
        }

        throw new InvalidOperationException("A watcher that does not end ended.");
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
