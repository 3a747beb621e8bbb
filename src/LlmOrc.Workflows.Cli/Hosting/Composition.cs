using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>The parts of the program, in one visible place.</summary>
internal static class Composition
{
    /// <param name="lines">Where lines of the workflow's own go.</param>
    /// <param name="log">Where the engine's log goes; null for nowhere.</param>
    /// <param name="more">Activities and parts beside the program's own.</param>
    public static ServiceProvider Build(Workplace place, ILineWriter lines, Terminal? log, Action<IServiceCollection>? more)
    {
        var services = new ServiceCollection();
        services.AddSingleton(lines);
        services.AddLogging(logging =>
        {
            if (log is not null)
                logging.AddProvider(new StandardErrorLog(log));
        });
        services.AddWorkflowEngine()
            .AddElsaFormat()
            .AddAgents(new() { ConfigurationPath = place.ConfigurationPath, TemplatesPath = place.TemplatesFolder });
        _ = place.PostgresAddress is { } address
            ? services.AddPostgresStores(o => o.ConnectionString = address)
            : services.AddSqliteStores(o => o.Path = place.DatabasePath);
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
