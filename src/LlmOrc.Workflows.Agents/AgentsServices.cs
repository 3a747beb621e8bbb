using LlmOrc.Workflows.Agents;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Prompts;
using LlmOrc.Workflows.Agents.PullRequests;
using LlmOrc.Workflows.Agents.PullRequests.GitHub;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Agents.Structured;
using LlmOrc.Workflows.Execution;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.SemanticKernel;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of agents, models and prompts.</summary>
public static class AgentsServices
{
    /// <summary>
    /// Adds agents and their activities. A provider of your own, registered as <see cref="IModelProvider"/>, can be named in the
    /// settings like ours. Logging must be registered.
    /// </summary>
    public static IServiceCollection AddAgents(this IServiceCollection services, AgentsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        options ??= new();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IModelProvider, SimulatedProvider>();
        services.AddSingleton<IModelProvider, OllamaProvider>();
        services.AddSingleton<IModelProvider, ClaudeProvider>();
        services.AddSingleton<IModelProvider, OpenAiProvider>();
        services.AddSingleton<IModelProvider, GeminiProvider>();
        services.TryAddSingleton(ApiKeys.OfProcess);
        services.TryAddSingleton<ChatModels>();
        services.TryAddSingleton<RegisteredAgents>();
        services.TryAddSingleton(provider => new AgentSettingsFile(
            options.ConfigurationPath, provider.GetServices<IModelProvider>(), provider.GetRequiredService<RegisteredAgents>()));
        services.TryAddSingleton<AgentTurns>();
        services.TryAddSingleton(new PromptTemplates(options.TemplatesPath, withDelivered: options.WithDeliveredTemplates));
        services.TryAddSingleton(new WorkflowDocuments(options.WorkflowsPath));
        services.TryAddSingleton<NamedRuns>();
        services.TryAddSingleton<ConversationOrchestrator>();
        services.TryAddTransient<PullRequestReview>();
        services.TryAddTransient<Brainstorming>();
        services.TryAddTransient<PanelDiscussion>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPromptTemplateFactory, ScribanPromptTemplateFactory>());
        services.TryAddSingleton(GitHubAccess.OfProcess);
        services.TryAddSingleton<GitHubPullRequests>();
        services.AddSingleton<IStartCheck, DiffInputCheck>();
        services.AddSingleton<IStartCheck, PullRequestInputCheck>();
        services.AddSingleton<IStartCheck, SchemaStartCheck>();
        services.AddSingleton<IStartCheck, InputSchemaCheck>();
        services.AddSingleton<IStartCheck, ConversationStartCheck>();
        services.AddSingleton<IStartCheck, WaitStartCheck>();
        services.AddSingleton<IStartCheck, TemplateStartCheck>();
        services.AddSingleton<IStartCheck, KeyStartCheck>();
        services.AddActivitiesFrom(typeof(AgentTurnActivity).Assembly);
        return services;
    }
}
