using LlmOrc.Workflows.Hosting;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Persistence.Sqlite;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of all of it.</summary>
public static class LlmOrcServices
{
    /// <summary>
    /// Adds the engine, the reader of Elsa 3 documents, agents and models, and a store. Then ask for a
    /// <c>ConversationOrchestrator</c>, a <c>PullRequestReview</c>, …, or the <c>IWorkflowRuntime</c> itself. Parts of your own go before it
    /// (what is registered stays), activities of your own beside it: <c>AddActivitiesFrom(assembly)</c>.
    /// </summary>
    /// <exception cref="FileNotFoundException">The configuration file that was named does not exist.</exception>
    public static IServiceCollection AddLlmOrc(this IServiceCollection services, Action<LlmOrcOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new LlmOrcOptions();
        configure?.Invoke(options);
        services.AddLogging().AddWorkflowEngine().AddElsaFormat().AddAgents(new()
        {
            ConfigurationPath = options.FindConfiguration(),
            TemplatesPath = options.TemplatesPath,
            WithDeliveredTemplates = true,
            WorkflowsPath = options.WorkflowsPath,
        });
        return options switch
        {
            { PostgresConnectionString: { } address } => services.AddPostgresStores(o => o.ConnectionString = address),
            { DatabasePath: { } path } => services.AddSqliteStores(o => o.Path = path),
            _ => services.AddInMemoryStores(),
        };
    }
}
