using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>The engine on this user's store, or a server, for the length of one command. Disposing it parks what runs here.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private Task _preparing = Task.CompletedTask;

    private Session(ServiceProvider services, WorkflowLines lines, ServerAddress? server) => (_services, Lines, Server) = (services, lines, server);

    public WorkflowLines Lines { get; }

    /// <summary>The server whose runs these are; it drives them. Null: they are driven here.</summary>
    public ServerAddress? Server { get; }

    public IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    public IInstanceQueries Queries => _services.GetRequiredService<IInstanceQueries>();

    public IDefinitionReader Reader => _services.GetRequiredService<IDefinitionReader>();

    public IDefinitionStore Definitions => _services.GetRequiredService<IDefinitionStore>();

    /// <summary>Only of a store: a server's is its own.</summary>
    public IWorkQueue Queue => _services.GetRequiredService<IWorkQueue>();

    public TimeProvider Time => _services.GetRequiredService<TimeProvider>();

    /// <summary>Any other part.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public static Session Open(CommandContext context) => Open(context, context.Place);

    public static Session Open(CommandContext context, Workplace place)
    {
        var lines = new WorkflowLines(context.Terminal);
        return new(Composition.Build(place, context.Server, lines, context.IsVerbose ? context.Terminal : null, context.More), lines, context.Server);
    }

    /// <summary>Opens the store and puts the engine together beside something else; a problem with the store comes up where this is awaited.</summary>
    public Task PrepareAsync() => _preparing = Task.Run(() => Runtime);

    public async ValueTask DisposeAsync()
    {
        // A store that is just being opened is closed like any other.
        await _preparing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await _services.DisposeAsync();
    }
}
