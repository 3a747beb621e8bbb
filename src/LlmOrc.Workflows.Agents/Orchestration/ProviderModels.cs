namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>A model of an Ollama server.</summary>
public sealed record OllamaModel : AgentModel
{
    /// <param name="model">As <c>ollama list</c> names it, e.g. <c>llama3</c>.</param>
    /// <param name="host">The default is the one in <c>llm-orc.json</c>, else <c>http://localhost:11434</c>.</param>
    public OllamaModel(string model, string? host = null)
        : base(Named("ollama", model), endpoint: Address(host))
    {
    }
}

/// <summary>A model of Anthropic's.</summary>
public sealed record ClaudeModel : AgentModel
{
    /// <param name="model">Anthropic's name of it.</param>
    /// <param name="apiKey">The default is where <c>llm-orc.json</c> says, else the environment variable <c>ANTHROPIC_API_KEY</c>.</param>
    /// <param name="endpoint">The default is the one in <c>llm-orc.json</c>, else Anthropic's own.</param>
    public ClaudeModel(string model, string? apiKey = null, string? endpoint = null)
        : base(Named("claude", model), apiKey, Address(endpoint))
    {
    }
}

/// <summary>A model of Google's.</summary>
public sealed record GeminiModel : AgentModel
{
    /// <param name="model">Google's name of it.</param>
    /// <param name="apiKey">The default is where <c>llm-orc.json</c> says, else the environment variable of the provider <c>gemini</c>.</param>
    /// <param name="endpoint">The default is the one in <c>llm-orc.json</c>, else Google's own.</param>
    public GeminiModel(string model, string? apiKey = null, string? endpoint = null)
        : base(Named("gemini", model), apiKey, Address(endpoint))
    {
    }
}

/// <summary>A model of OpenAI's, or of any server with its chat completions.</summary>
public sealed record OpenAIModel : AgentModel
{
    /// <param name="model">The server's name of it.</param>
    /// <param name="apiKey">The default is where <c>llm-orc.json</c> says, else at OpenAI's own address the environment variable <c>OPENAI_API_KEY</c>, elsewhere none.</param>
    /// <param name="endpoint">E.g. <c>http://localhost:8000/v1</c>; the default is the one in <c>llm-orc.json</c>, else OpenAI's own.</param>
    public OpenAIModel(string model, string? apiKey = null, string? endpoint = null)
        : base(Named("openai", model), apiKey, Address(endpoint))
    {
    }
}

/// <summary>No model: answers offline, the same prompt always the same way, and says in every message that no model wrote it.</summary>
public sealed record SimulatedModel : AgentModel
{
    public SimulatedModel()
        : base("simulated")
    {
    }
}

/// <summary>A profile of <c>llm-orc.json</c>, with its prices, limits and fallbacks.</summary>
public sealed record ProfileModel : AgentModel
{
    /// <param name="profile">Its name there, e.g. <c>local</c>.</param>
    public ProfileModel(string profile)
        : base(Checked(profile))
    {
    }

    private static string Checked(string profile)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(profile);
        return profile;
    }
}
