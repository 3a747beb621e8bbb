namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>A pull request as GitHub has it.</summary>
/// <param name="LeftOut">What of the change is not in the diff, because GitHub does not give it; with the lines of the diff where it would stand.</param>
internal sealed record FetchedPullRequest(PullRequestFacts Facts, string Diff, IReadOnlyList<PullRequestProblem> LeftOut);
