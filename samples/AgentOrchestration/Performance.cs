using System.Diagnostics;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Performance Testing".</summary>
public static class Performance
{
    /// <summary>How long a message takes to be routed, its model's own time included; with the simulated model that is next to none.</summary>
    public static async Task MessageRoutingAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Setup
        var orchestrator = host.Conversations;
        orchestrator.RegisterAgent(ConversationOrchestration.CreateAgent("agent1", model));
        orchestrator.RegisterAgent(ConversationOrchestration.CreateAgent("agent2", model));
        var conversationId = await orchestrator.StartConversationAsync(["agent1", "agent2"], "Performance Test");
        // The first one pays for what is compiled on the way.
        await orchestrator.SendAgentMessageAsync("agent1", "agent2", "Hello", conversationId);

        // Measure
        var start = Stopwatch.GetTimestamp();
        await orchestrator.SendAgentMessageAsync("agent1", "agent2", "Hello", conversationId);
        await output.WriteLineAsync($"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms");
    }
}
