namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>A pull request as GitHub has it. All of it is text of somebody outside.</summary>
internal sealed record FetchedPullRequest
{
    public required string Title { get; init; }

    public required string Description { get; init; }

    /// <summary>Login; empty where the account is gone.</summary>
    public required string Author { get; init; }

    /// <summary>The commit that was reviewed.</summary>
    public required string Head { get; init; }

    public required int ChangedFiles { get; init; }

    public required string Diff { get; init; }

    /// <exception cref="FailureException">The diff has fewer files than the pull request: something cut it off.</exception>
    public void ThrowIfIncomplete(PullRequestAddress address)
    {
        // Lines of files begin with a sign or a space; only a header begins so.
        var files = Diff.StartsWith("diff --git ", StringComparison.Ordinal) ? 1 : 0;
        for (var at = 0; (at = Diff.IndexOf("\ndiff --git ", at, StringComparison.Ordinal)) >= 0; at++)
            files++;
        if (files < ChangedFiles)
            throw GitHubFailures.Incomplete(address, files, ChangedFiles);
    }
}
