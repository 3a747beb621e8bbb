using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Integration with eddi-lab".</summary>
public static class Integration
{
    /// <summary>"WebSocket Integration": <c>broadcast_to_agents</c>, and the events that a connection would be fed with.</summary>
    public static async Task BroadcastAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        var orchestrator = host.Conversations;
        foreach (var name in (string[])["expert1", "expert2"])
            orchestrator.RegisterAgent(ConversationOrchestration.CreateAgent(name, model));
        var conversationId = await orchestrator.StartConversationAsync(
            ["you", "expert1", "expert2"], "What to build next", options: new() { People = ["you"] });

        var result = await orchestrator.BroadcastAsync("you", "What would you build next?", conversationId);

        foreach (var reply in result.Replies)
            await output.WriteLineAsync($"{reply.Participant}: {reply.Reply}");

        // Everything that happened, from the store; with untilRest: false, also what happens from now on, tokens included
        var entries = 0;
        await foreach (var happening in host.Runtime.WatchAsync(conversationId, untilRest: true))
        {
            if (happening is InstanceEvent.Committed)
                entries++;
        }

        await output.WriteLineAsync($"{entries} entries");
    }
}
