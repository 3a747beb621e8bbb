using System.Reflection;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Expressions;
using LlmOrc.Workflows.Primitives;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the engine.</summary>
public static class WorkflowEngineServices
{
    /// <summary>
    /// Adds the engine with its control-flow and primitive activities. It also needs a document reader (<c>AddElsaFormat</c>) and stores
    /// (<c>AddSqliteStores</c>, or <see cref="AddInMemoryStores"/>).
    /// </summary>
    public static IServiceCollection AddWorkflowEngine(this IServiceCollection services, Action<EngineOptions>? configure = null)
    {
        services.TryAddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddOptions<EngineOptions>().Configure(configure ?? (_ => { }))
            .Validate(EngineOptions.IsValid, "An engine option is out of its range; the documentation of EngineOptions says which values it takes.").ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(ProcessOwner.Current);
        services.TryAddSingleton<ILineWriter, StandardErrorLines>();
        foreach (var descriptor in ControlFlowDescriptors.All)
            services.AddSingleton(descriptor);
        services.AddActivitiesFrom(typeof(WorkflowEngineServices).Assembly);
        services.TryAddSingleton(provider => new ActivityCatalog(provider.GetServices<ActivityDescriptor>()));
        services.TryAddSingleton<ExpressionEvaluator>();
        services.TryAddSingleton<EngineServices>();
        services.TryAddSingleton<IWorkflowRuntime, ClosableRuntime>();
        return services;
    }

    /// <summary>Adds stores that live in this process and die with it.</summary>
    public static IServiceCollection AddInMemoryStores(this IServiceCollection services)
    {
        services.TryAddSingleton<InMemoryStore>();
        services.TryAddSingleton<IInstanceStore>(provider => provider.GetRequiredService<InMemoryStore>());
        services.TryAddSingleton<IInstanceQueries>(provider => provider.GetRequiredService<InMemoryStore>());
        services.TryAddSingleton<IDefinitionStore>(provider => provider.GetRequiredService<InMemoryStore>());
        services.TryAddSingleton<IWorkQueue>(provider => provider.GetRequiredService<InMemoryStore>());
        return services;
    }

    /// <summary>Adds every activity class of an assembly.</summary>
    public static IServiceCollection AddActivitiesFrom(this IServiceCollection services, Assembly assembly)
    {
        foreach (var descriptor in ActivityCatalog.DescribeAll(assembly))
            services.AddSingleton(descriptor);
        return services;
    }
}
