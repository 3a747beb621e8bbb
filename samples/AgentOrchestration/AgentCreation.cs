using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Agent Creation".</summary>
public static class AgentCreation
{
    /// <summary>"Role Definition": a basic role, and one with a context, which models are told.</summary>
    public static async Task RoleDefinitionAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Basic role
        var basicRole = new RoleDefinition("analyst", "You are a data analyst focused on deriving insights from data.");

        // Advanced role with context
        var advancedRole = new RoleDefinition(
            name: "security_expert",
            prompt: "You are a cybersecurity expert specializing in threat analysis.",
            context: new
            {
                specialties = new[] { "penetration_testing", "vulnerability_assessment" },
                experience_level = "senior",
                certifications = new[] { "CISSP", "CEH" },
            });

        foreach (var role in (RoleDefinition[])[basicRole, advancedRole])
        {
            await output.WriteLineAsync(role.ToSystemMessage());
            await output.WriteLineAsync(await host.Add(new Agent(role.Name, role, model)).RespondAsync("What do you look at first?"));
        }
    }

    /// <summary>"Model Selection". Nobody is called here: keys and a network are not everywhere.</summary>
    public static async Task ModelSelectionAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Ollama (local)
        var ollamaModel = new OllamaModel("llama3", host: "http://localhost:11434");

        // Claude, Gemini, OpenAI (API): the key stays in memory; without one, it is taken from the environment
        var claudeModel = new ClaudeModel("claude-3-5-sonnet-20241022", apiKey: "your-api-key");
        var geminiModel = new GeminiModel("gemini-pro", apiKey: "your-api-key");
        var openAIModel = new OpenAIModel("gpt-4o-mini") { Temperature = 0.2, MaxOutputTokens = 1_000 };

        // Any server with OpenAI's chat completions; a profile of llm-orc.json; and none at all, for trying out
        var ownServer = new OpenAIModel("qwen3", endpoint: "http://localhost:8000/v1");
        var profile = new ProfileModel("local");
        var simulated = new SimulatedModel();

        foreach (var one in (AgentModel[])[ollamaModel, claudeModel, geminiModel, openAIModel, ownServer, profile, simulated, model])
            await output.WriteLineAsync(one.Reference);
    }

    /// <summary>"Agent Factory Pattern".</summary>
    public static async Task AgentFactoryPatternAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Create multiple reviewers
        var codeReviewer = Agent.CreateReviewer("code_quality", model);
        var securityReviewer = CreateReviewAgent("security", model);
        var performanceReviewer = CreateReviewAgent("performance", model);

        foreach (var reviewer in (Agent[])[codeReviewer, securityReviewer, performanceReviewer])
            await output.WriteLineAsync($"{host.Add(reviewer).Name}: {string.Join(", ", reviewer.Role.List("specialties"))}");
    }

    /// <summary>A factory of one's own is a method.</summary>
    public static Agent CreateReviewAgent(string specialty, AgentModel model)
    {
        var role = new RoleDefinition(
            $"{specialty}_reviewer", $"You are a {specialty} specialist providing expert review feedback.", new { specialties = new[] { specialty } });
        return new Agent($"{specialty}_reviewer", role, model);
    }
}
