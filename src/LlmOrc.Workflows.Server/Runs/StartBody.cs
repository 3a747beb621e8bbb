using System.Text.Json;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>How to start a run.</summary>
internal sealed record StartBody
{
    /// <summary>Values of the workflow's inputs, by name.</summary>
    public Dictionary<string, JsonElement> Input { get; init; } = [];

    /// <summary>The new run's id; the default is a new one.</summary>
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>A model profile, or provider/model, for all its agents; the default is their own.</summary>
    public string? Model { get; init; }
}
