using System.Text.Json;

namespace LlmOrc.Workflows.Client;

/// <summary>How to start a run.</summary>
public sealed record RunStart
{
    /// <summary>Values of the workflow's inputs, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Input { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The new run's id; the default is one that the server makes. With an id of its own a start is not sent again where its answer is lost: look for the run then.</summary>
    public string? Id { get; init; }

    /// <summary>A name for lists.</summary>
    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>A model profile, or provider/model, for all its agents; the default is their own.</summary>
    public string? Model { get; init; }

    /// <summary>The same start with the same key starts one run, however often it is sent. The default is a new key for each call, so that a lost answer costs nothing.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How long to wait for the run to end, or to wait itself, in whole seconds up to 600; zero: not at all. The default is what the server says, 30 s.</summary>
    public TimeSpan? Wait { get; init; }
}
