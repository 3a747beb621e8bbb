using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// Experts discuss a topic, led by a moderator; a person may put in a question after each round: the workflow <c>panel-discussion</c>, started
/// from code. The moderator is the agent <c>moderator</c>: register one of your own, or take the one of the settings.
/// </summary>
public sealed class PanelDiscussion(NamedRuns runs, ConversationOrchestrator conversations)
{
    private readonly List<string> _experts = [];

    /// <summary>A model profile, or provider/model, for all agents of the discussions to come; null, the default: their own.</summary>
    public string? Model { get; set; }

    /// <summary>Adds an expert. Without any, those of the workflow discuss.</summary>
    /// <exception cref="ArgumentException">Another agent has the name.</exception>
    public void RegisterExpert(Agent expert)
    {
        conversations.RegisterAgent(expert);
        if (!_experts.Contains(expert.Name))
            _experts.Add(expert.Name);
    }

    /// <summary>Runs a discussion.</summary>
    /// <param name="rounds">As the workflow says: 1 to 100.</param>
    /// <param name="person">Who may put in a question after each round; the default is nobody.</param>
    /// <param name="answer">Asks the person. Without it the run waits for an answer from elsewhere, e.g. <c>llm-orc answer</c> on the same store; a day at most, where the host drives all runs (<see cref="EngineOptions.DrivesAll"/>).</param>
    /// <exception cref="InputInvalidException">The workflow refuses an input; nothing was started.</exception>
    /// <exception cref="RunFailedException">Nobody answered in a round, or the moderator did not; the message says why.</exception>
    public async Task<PanelDiscussionResult> DiscussAsync(
        string topic, int rounds = 2, string? person = null, Func<PersonQuestion, CancellationToken, Task<string>>? answer = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(topic);
        var input = new Dictionary<string, JsonElement> { ["topic"] = Values.From(topic), ["rounds"] = Values.From(rounds), ["person"] = Values.From(person ?? "") };
        if (_experts.Count > 0)
            input["experts"] = Values.From(_experts);
        var runId = await runs.StartAsync("panel-discussion", input, Model, cancellationToken);
        return await runs.FinishAsync<PanelDiscussionResult>(runId, answer, cancellationToken) with { RunId = runId };
    }
}

/// <summary>What a panel came to.</summary>
public sealed record PanelDiscussionResult
{
    /// <summary>The run, to look it up with its transcript and cost.</summary>
    [JsonIgnore]
    public string RunId { get; init; } = "";

    [JsonPropertyName("topic")]
    public required string Topic { get; init; }

    [JsonPropertyName("rounds")]
    public required IReadOnlyList<PanelRound> Rounds { get; init; }

    /// <summary>What the moderator made of it.</summary>
    [JsonPropertyName("conclusion")]
    public required string Conclusion { get; init; }

    /// <summary>Who did not answer, in which round, and why.</summary>
    [JsonPropertyName("failed_experts")]
    public IReadOnlyList<FailedExpert> FailedExperts { get; init; } = [];
}

/// <summary>One round of a panel.</summary>
/// <param name="Question">The moderator's.</param>
public sealed record PanelRound(
    [property: JsonPropertyName("round")] int Round,
    [property: JsonPropertyName("question")] string Question,
    [property: JsonPropertyName("contributions")] IReadOnlyList<Contribution> Contributions);

/// <summary>What one expert said.</summary>
public sealed record Contribution([property: JsonPropertyName("expert")] string Expert, [property: JsonPropertyName("contribution")] string Text);

/// <summary>Why one expert did not answer.</summary>
public sealed record FailedExpert(
    [property: JsonPropertyName("round")] int Round,
    [property: JsonPropertyName("expert")] string Expert,
    [property: JsonPropertyName("error")] string Error);
