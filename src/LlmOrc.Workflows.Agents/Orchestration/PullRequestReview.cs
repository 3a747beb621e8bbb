using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// Several reviewers review a change at once, each without seeing the others, and a summary is made of it: the workflow <c>pr-review</c>,
/// started from code. One that fails is named and does not lose the others' work.
/// </summary>
public sealed class PullRequestReview(NamedRuns runs, ConversationOrchestrator conversations)
{
    private readonly List<string> _reviewers = [];

    /// <summary>A model profile, or provider/model, for all agents of the reviews to come; null, the default: their own.</summary>
    public string? Model { get; set; }

    /// <summary>Adds a reviewer. Without any, the three of the workflow review.</summary>
    /// <exception cref="ArgumentException">Another agent has the name.</exception>
    public void RegisterReviewer(Agent reviewer)
    {
        conversations.RegisterAgent(reviewer);
        if (!_reviewers.Contains(reviewer.Name))
            _reviewers.Add(reviewer.Name);
    }

    /// <summary>Reviews a change. All of it is durable: <see cref="RunFailedException.RunId"/> of a review that stopped can be gone on with.</summary>
    /// <exception cref="InputInvalidException">The diff is none.</exception>
    /// <exception cref="RunFailedException">No reviewer answered; the message says why of each.</exception>
    public async Task<PullRequestReviewResult> ReviewAsync(PullRequestData change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var input = new Dictionary<string, JsonElement>
        {
            ["title"] = Values.From(change.Title),
            ["description"] = Values.From(change.Description),
            ["diff"] = Values.From(change.Diff),
            ["files_changed"] = Values.From(change.FilesChanged),
            ["reviewers"] = Values.From(_reviewers),
        };
        var runId = await runs.StartAsync("pr-review", input, Model, cancellationToken);
        return await runs.FinishAsync<PullRequestReviewResult>(runId, cancellationToken) with { RunId = runId };
    }
}

/// <summary>A change to be reviewed. Added and deleted lines are counted from the diff.</summary>
public sealed record PullRequestData
{
    /// <summary>The default stands for a change without one.</summary>
    public string? Title { get; init; }

    /// <summary>What its author says about it.</summary>
    public string? Description { get; init; }

    /// <summary>A unified diff, e.g. the output of <c>git diff</c>.</summary>
    public required string Diff { get; init; }

    /// <summary>Paths of the changed files. The default is those of the diff.</summary>
    public IReadOnlyList<string>? FilesChanged { get; init; }
}

/// <summary>What the reviewers said.</summary>
public sealed record PullRequestReviewResult
{
    /// <summary>The run, to look it up with its transcript and cost.</summary>
    [JsonIgnore]
    public string RunId { get; init; } = "";

    [JsonPropertyName("pr_title")]
    public required string PrTitle { get; init; }

    /// <summary>One for each reviewer that answered, in the order of their registration.</summary>
    [JsonPropertyName("reviews")]
    public required IReadOnlyList<Review> Reviews { get; init; }

    /// <summary>By a model; where that fails, by a template that says so.</summary>
    [JsonPropertyName("summary")]
    public required string Summary { get; init; }

    /// <summary>How many were asked.</summary>
    [JsonPropertyName("total_reviewers")]
    public required int TotalReviewers { get; init; }

    /// <summary>One for each reviewer that did not answer.</summary>
    [JsonPropertyName("failed_reviewers")]
    public IReadOnlyList<FailedReview> FailedReviewers { get; init; } = [];
}

/// <summary>What one reviewer said.</summary>
/// <param name="Specialization">The <c>specialties</c> (or the <c>specialty</c>) of the reviewer's role.</param>
public sealed record Review(
    [property: JsonPropertyName("reviewer")] string Reviewer,
    [property: JsonPropertyName("feedback")] string Feedback,
    [property: JsonPropertyName("specialization")] IReadOnlyList<string> Specialization);

/// <summary>Why one reviewer did not answer.</summary>
public sealed record FailedReview(
    [property: JsonPropertyName("reviewer")] string Reviewer,
    [property: JsonPropertyName("error")] string Error);
