using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>The examples of the original document, by name, in its order.</summary>
public static class Sample
{
    public static IReadOnlyDictionary<string, Func<LlmOrcHost, AgentModel, TextWriter, Task>> All { get; } = new Dictionary<string, Func<LlmOrcHost, AgentModel, TextWriter, Task>>
    {
        ["agent"] = CoreConcepts.AgentAsync,
        ["basic-response"] = QuickStart.BasicAgentResponseAsync,
        ["two-agents"] = QuickStart.TwoAgentConversationAsync,
        ["roles"] = AgentCreation.RoleDefinitionAsync,
        ["models"] = AgentCreation.ModelSelectionAsync,
        ["factory"] = AgentCreation.AgentFactoryPatternAsync,
        ["conversation"] = ConversationOrchestration.BasicOrchestrationAsync,
        ["multi-agent"] = ConversationOrchestration.MultiAgentConversationsAsync,
        ["pr-review"] = SpecializedOrchestrators.PullRequestReviewAsync,
        ["brainstorming"] = SpecializedOrchestrators.BrainstormingAsync,
        ["routing-performance"] = Performance.MessageRoutingAsync,
        ["shakespeare-einstein"] = Examples.ShakespeareEinsteinAsync,
        ["github-pr-review"] = Examples.GitHubPullRequestReviewAsync,
        ["technical-discussion"] = Examples.TechnicalDiscussionAsync,
        ["panel"] = Examples.PanelAsync,
        ["broadcast"] = Integration.BroadcastAsync,
    };
}
