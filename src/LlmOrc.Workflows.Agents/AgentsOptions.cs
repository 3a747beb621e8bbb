namespace LlmOrc.Workflows.Agents;

/// <summary>Where agents, prompts and the workflows that are started by name come from.</summary>
public sealed class AgentsOptions
{
    /// <summary>The file with agents and model profiles; null: the delivered one. The default is <c>llm-orc.json</c> in the working folder.</summary>
    public string? ConfigurationPath { get; set; } = "llm-orc.json";

    /// <summary>The folder with prompt templates; null: only the delivered ones. The default is <c>templates</c> in the working folder.</summary>
    public string? TemplatesPath { get; set; } = "templates";

    /// <summary>Whether a delivered template counts where the folder has none of its name. The default is false: what a workflow names is there to be read.</summary>
    public bool WithDeliveredTemplates { get; set; }

    /// <summary>The folder with workflows that are started by name, before the delivered ones; null: only those. The default is <c>workflows</c> in the working folder.</summary>
    public string? WorkflowsPath { get; set; } = "workflows";
}
