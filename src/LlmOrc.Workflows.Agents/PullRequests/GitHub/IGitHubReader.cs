namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>A way to ask GitHub. All of them throw a <see cref="FailureException"/> that says what to do where it does not give what is asked for.</summary>
internal interface IGitHubReader
{
    Task<PullRequestFacts> ReadFactsAsync(PullRequestAddress address, CancellationToken cancellationToken);

    /// <summary>The diff; null where GitHub says that it is too large to be given as one.</summary>
    Task<string?> ReadDiffAsync(PullRequestAddress address, CancellationToken cancellationToken);

    /// <summary>A page of the changed files, JSON: <see cref="ListedFile.FilesPerPage"/> of them, fewer on the last one.</summary>
    /// <param name="page">From 1. Pages are asked for by number: an address that an answer names for the next one is never followed.</param>
    Task<byte[]> ReadFilesAsync(PullRequestAddress address, int page, CancellationToken cancellationToken);
}
