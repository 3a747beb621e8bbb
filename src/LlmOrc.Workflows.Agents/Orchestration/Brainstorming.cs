using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// Agents have ideas at once, round by round, and refine each other's: the workflow <c>brainstorming</c>, started from code. One that fails
/// is named and does not lose the others' work.
/// </summary>
public sealed class Brainstorming(NamedRuns runs, ConversationOrchestrator conversations)
{
    private readonly List<string> _participants = [];

    /// <summary>A model profile, or provider/model, for all agents of the sessions to come; null, the default: their own.</summary>
    public string? Model { get; set; }

    /// <summary>Adds a participant. Without any, those of the workflow have the ideas.</summary>
    /// <exception cref="ArgumentException">Another agent has the name.</exception>
    public void RegisterParticipant(Agent participant)
    {
        conversations.RegisterAgent(participant);
        if (!_participants.Contains(participant.Name))
            _participants.Add(participant.Name);
    }

    /// <summary>Runs a session: an idea of each participant in each round, and a refinement of each idea by all others. Calls grow with the square of the participants.</summary>
    /// <param name="topic">What ideas are wanted for.</param>
    /// <param name="rounds">As the workflow says: 1 to 100.</param>
    /// <exception cref="InputInvalidException">The workflow refuses an input; nothing was started.</exception>
    /// <exception cref="RunFailedException">Nobody had an idea; the message says why of each.</exception>
    public async Task<BrainstormingResult> RunSessionAsync(string topic, int rounds = 3, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(topic);
        var input = new Dictionary<string, JsonElement> { ["topic"] = Values.From(topic), ["rounds"] = Values.From(rounds) };
        if (_participants.Count > 0)
            input["participants"] = Values.From(_participants);
        var runId = await runs.StartAsync("brainstorming", input, Model, cancellationToken);
        return await runs.FinishAsync<BrainstormingResult>(runId, cancellationToken) with { RunId = runId };
    }
}

/// <summary>What a session brought.</summary>
public sealed record BrainstormingResult
{
    /// <summary>The run, to look it up with its transcript and cost.</summary>
    [JsonIgnore]
    public string RunId { get; init; } = "";

    [JsonPropertyName("topic")]
    public required string Topic { get; init; }

    /// <summary>By rounds, in the order of the participants.</summary>
    [JsonPropertyName("ideas")]
    public required IReadOnlyList<Idea> Ideas { get; init; }

    /// <summary>In the order of the ideas.</summary>
    [JsonPropertyName("refinements")]
    public required IReadOnlyList<Refinement> Refinements { get; init; }

    /// <summary>Who did not answer when he was asked, and why.</summary>
    [JsonPropertyName("failed_participants")]
    public IReadOnlyList<FailedParticipant> FailedParticipants { get; init; } = [];
}

/// <summary>An idea, and whose.</summary>
public sealed record Idea([property: JsonPropertyName("participant")] string Participant, [property: JsonPropertyName("idea")] string Text);

/// <summary>What somebody else made of an idea.</summary>
public sealed record Refinement(
    [property: JsonPropertyName("original_idea")] string OriginalIdea,
    [property: JsonPropertyName("refined_by")] string RefinedBy,
    [property: JsonPropertyName("refinement")] string Text);

/// <summary>Why one participant did not answer.</summary>
public sealed record FailedParticipant([property: JsonPropertyName("participant")] string Participant, [property: JsonPropertyName("error")] string Error);
