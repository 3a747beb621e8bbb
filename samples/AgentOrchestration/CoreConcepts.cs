using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Core Concepts".</summary>
public static class CoreConcepts
{
    /// <summary>"Agent": a role, a model, and a conversation history, which really is sent.</summary>
    public static async Task AgentAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Create a role
        var role = new RoleDefinition(
            name: "shakespeare",
            prompt: "You are William Shakespeare, the renowned playwright.",
            context: new { era = "Elizabethan", specialties = new[] { "poetry", "drama" } });

        // Create an agent
        var agent = host.Add(new Agent("shakespeare", role, model));

        await output.WriteLineAsync(await agent.RespondAsync("Who are you?"));
        await output.WriteLineAsync(await agent.RespondAsync("And what did I ask you just now?"));
    }
}
