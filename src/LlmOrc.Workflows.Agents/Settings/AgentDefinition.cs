using LlmOrc.Workflows.Agents.Orchestration;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>An agent as the settings have it: a role, and the model that plays it.</summary>
public sealed record AgentDefinition
{
    public required string Name { get; init; }

    public required RoleDefinition Role { get; init; }

    /// <summary>Name of a model profile, or <c>provider/model</c>. The default is the profile <c>default</c>.</summary>
    public string Model { get; init; } = "default";

    /// <summary>The model of an agent from code, with what only the code says about it; null: <see cref="Model"/> says all.</summary>
    internal AgentModel? OwnModel { get; init; }

    /// <summary>SHA-256 of its settings; goes into every turn, so that a transcript tells which version of the agent spoke.</summary>
    public required string Hash { get; init; }
}
