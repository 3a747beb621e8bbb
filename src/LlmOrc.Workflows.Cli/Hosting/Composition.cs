using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Primitives;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>The parts of the program, in one visible place.</summary>
internal static class Composition
{
    /// <param name="server">Whose runs are driven; null: those of the store of <paramref name="place"/>.</param>
    /// <param name="lines">Where lines of the workflow's own go.</param>
    /// <param name="log">Where the engine's log goes; null for nowhere.</param>
    /// <param name="more">Activities and parts beside the program's own.</param>
    public static ServiceProvider Build(Workplace place, ServerAddress? server, WorkflowLines lines, Terminal? log, Action<IServiceCollection>? more)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILineWriter>(lines);
        services.AddLogging(logging =>
        {
            if (log is not null)
                logging.AddProvider(new StandardErrorLog(log));
        });
        services.AddWorkflowEngine()
            .AddElsaFormat()
            .AddAgents(new() { ConfigurationPath = place.ConfigurationPath, TemplatesPath = place.TemplatesFolder });
        if (server is not null)
            AddServer(services, server, lines);
        else if (place.PostgresAddress is { } address)
            services.AddPostgresStores(o => o.ConnectionString = address);
        else
            services.AddSqliteStores(o => o.Path = place.DatabasePath);
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }

    // In place of the engine and its stores: the reader of documents stays, to name what is shown.
    private static void AddServer(ServiceCollection services, ServerAddress server, WorkflowLines lines)
    {
        services.AddSingleton(_ => server.Connect());
        services.AddSingleton<IWorkflowRuntime>(provider => new RemoteRuntime(provider.GetRequiredService<LlmOrcClient>(), server, lines));
        services.AddSingleton<IInstanceQueries, RemoteQueries>();
        services.AddSingleton<IDefinitionStore, RemoteDocuments>();
    }
}
