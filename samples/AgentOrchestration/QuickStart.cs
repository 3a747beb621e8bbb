using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Quick Start".</summary>
public static class QuickStart
{
    /// <summary>The whole of it, without a host and without any file.</summary>
    public static async Task<string> FiveLinesAsync(AgentModel? model = null)
    {
        await using var host = LlmOrcHost.Open();
        var role = new RoleDefinition("helpful_assistant", "You are a helpful assistant that provides clear, concise answers.");
        var agent = host.Add(new Agent("assistant", role, model ?? new OllamaModel("llama3")));
        var response = await agent.RespondAsync("What is machine learning?");
        Console.WriteLine($"Agent: {response}");
        return response;
    }

    /// <summary>"1. Basic Agent Response".</summary>
    public static async Task BasicAgentResponseAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Create agent
        var role = new RoleDefinition("helpful_assistant", "You are a helpful assistant that provides clear, concise answers.");
        var agent = host.Add(new Agent("assistant", role, model));

        // Get response
        var response = await agent.RespondAsync("What is machine learning?");
        await output.WriteLineAsync($"Agent: {response}");
    }

    /// <summary>"2. Two-Agent Conversation".</summary>
    public static async Task TwoAgentConversationAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Create agents
        var teacher = new Agent("teacher", new RoleDefinition("teacher", "You are a patient teacher who explains concepts clearly."), model);
        var student = new Agent("student", new RoleDefinition("student", "You are a curious student who asks thoughtful questions."), model);

        // Register them
        var orchestrator = host.Conversations;
        orchestrator.RegisterAgent(teacher);
        orchestrator.RegisterAgent(student);

        // Start conversation
        var conversationId = await orchestrator.StartConversationAsync(participants: ["teacher", "student"], topic: "Learning about AI");

        // Exchange messages
        var teacherResponse = await orchestrator.SendAgentMessageAsync(
            sender: "student", recipient: "teacher", content: "Can you explain what neural networks are?", conversationId);
        await output.WriteLineAsync($"Teacher: {teacherResponse}");

        // Both sides are recorded, and survive the process where the host has a database
        foreach (var message in await orchestrator.GetHistoryAsync(conversationId))
            await output.WriteLineAsync($"{message.Sender} to {message.Recipient ?? "all"}: {message.Content}");
    }
}
