using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Conversation Orchestration".</summary>
public static class ConversationOrchestration
{
    /// <summary>"Basic Orchestration".</summary>
    public static async Task BasicOrchestrationAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        var orchestrator = host.Conversations;

        // Register agents
        orchestrator.RegisterAgent(CreateAgent("agent1", model));
        orchestrator.RegisterAgent(CreateAgent("agent2", model));

        // Start conversation
        var conversationId = await orchestrator.StartConversationAsync(
            participants: ["agent1", "agent2"],
            topic: "Discussion Topic",
            initialMessage: "Hello! Let's discuss...");

        // Send messages
        var response = await orchestrator.SendAgentMessageAsync(
            sender: "agent1", recipient: "agent2", content: "Your message here", conversationId);
        await output.WriteLineAsync(response);

        // End it; what was said stays
        await orchestrator.EndConversationAsync(conversationId);
    }

    /// <summary>"Multi-Agent Conversations".</summary>
    public static async Task MultiAgentConversationsAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        var orchestrator = host.Conversations;

        // Register multiple agents
        string[] agents = ["moderator", "expert1", "expert2", "expert3"];
        foreach (var name in agents)
            orchestrator.RegisterAgent(CreateAgent(name, model));

        // Start group conversation
        var conversationId = await orchestrator.StartConversationAsync(participants: agents, topic: "Technical Discussion");

        // Moderate discussion
        for (var round = 1; round <= 3; round++)
        {
            foreach (var agent in agents[1..])
            {
                var response = await orchestrator.SendAgentMessageAsync(
                    sender: "moderator", recipient: agent, content: $"Round {round}: Share your perspective", conversationId);
                await output.WriteLineAsync($"{agent}: {response}");
            }
        }
    }

    public static Agent CreateAgent(string name, AgentModel model) =>
        new(name, new RoleDefinition(name, $"You are {name}, who takes part in discussions with short, clear statements."), model);
}
