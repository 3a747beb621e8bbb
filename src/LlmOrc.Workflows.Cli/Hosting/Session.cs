using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>The engine on this user's store, for the length of one command. Disposing it parks what it runs.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Session(ServiceProvider services, Workplace place) => (_services, Place) = (services, place);

    public Workplace Place { get; }

    public WorkflowLines Lines => _services.GetRequiredService<WorkflowLines>();

    public IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    public IInstanceQueries Queries => _services.GetRequiredService<IInstanceQueries>();

    public IDefinitionReader Reader => _services.GetRequiredService<IDefinitionReader>();

    public IDefinitionStore Definitions => _services.GetRequiredService<IDefinitionStore>();

    public IWorkQueue Queue => _services.GetRequiredService<IWorkQueue>();

    public TimeProvider Time => _services.GetRequiredService<TimeProvider>();

    /// <summary>Any other part.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public static Session Open(CommandContext context) => Open(context, context.Place);

    public static Session Open(CommandContext context, Workplace place) =>
        new(Composition.Build(place, new WorkflowLines(context.Terminal), context.IsVerbose ? context.Terminal : null), place);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
