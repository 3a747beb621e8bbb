namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>What GitHub says of a pull request beside its diff. All of it is text of somebody outside.</summary>
internal sealed record PullRequestFacts
{
    public required string Title { get; init; }

    public required string Description { get; init; }

    /// <summary>Login; empty where the account is gone.</summary>
    public required string Author { get; init; }

    /// <summary>The commit that is reviewed.</summary>
    public required string Head { get; init; }

    public required int ChangedFiles { get; init; }
}
