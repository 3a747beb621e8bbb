namespace LlmOrc.Workflows.Agents;

/// <summary>Where agents and prompts come from.</summary>
public sealed class AgentsOptions
{
    /// <summary>The file with agents and model profiles. The default is <c>llm-orc.json</c> in the working folder.</summary>
    public string ConfigurationPath { get; set; } = "llm-orc.json";

    /// <summary>The folder with prompt templates. The default is <c>templates</c> in the working folder.</summary>
    public string TemplatesPath { get; set; } = "templates";
}
