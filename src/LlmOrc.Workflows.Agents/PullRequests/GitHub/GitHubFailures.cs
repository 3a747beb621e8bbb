namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>What can go wrong with a pull request, each with what to do about it.</summary>
internal static class GitHubFailures
{
    public static FailureException NoWay(PullRequestAddress address) => Failed("GitHubNotSignedIn",
        $"There is no way to read {address}: install the program gh (https://cli.github.com) and sign in with `gh auth login`, or set the environment variable {GitHubAccess.TokenNames(address)} to a token that may read the repository.");

    public static FailureException NotFound(PullRequestAddress address) => Failed("PullRequestNotFound",
        $"GitHub has no pull request {address}, or this account may not see it: check the address, and that `gh auth status` or the token in {GitHubAccess.TokenNames(address)} is of an account that may read the repository.");

    public static FailureException NotSignedIn(PullRequestAddress address, string said) => Failed("GitHubNotSignedIn",
        $"GitHub does not know who asks for {address}: sign in with `gh auth login`, or set {GitHubAccess.TokenNames(address)} to a token that is valid.", said);

    public static FailureException RateLimited(PullRequestAddress address, string said, DateTimeOffset? until) => Failed("GitHubRateLimited",
        $"GitHub has answered too often and does not give {address} now: try again {(until is { } time ? $"after {time.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : "later")}.", said);

    // Kept with the run: what is too large now is too large then.
    public static FailureException TooLarge(PullRequestAddress address, string why) => new(new()
    {
        Type = "DiffTooLarge",
        Message = $"The diff of {address} is too large: {why}. Nothing of it was taken. Check the branch out, and give the part to review: git diff BASE...HEAD -- PATH | llm-orc run … --input diff=-",
        IsFinal = true,
    });

    public static FailureException Incomplete(PullRequestAddress address, int files, int changedFiles) => Failed("DiffIncomplete",
        $"GitHub gave a diff of {files} files, and {address} changes {changedFiles}: it was cut off, or somebody pushed at this moment. Nothing of it was taken. Try again, or check the branch out and give the diff yourself: git diff BASE...HEAD | llm-orc run … --input diff=-");

    public static FailureException Moved(PullRequestAddress address) => Failed("DiffIncomplete",
        $"Somebody pushed to {address} while it was fetched, page by page. Nothing of it was taken. Try again.");

    public static FailureException ProgramSilent(PullRequestAddress address, TimeSpan patience) => Failed("GitHubUnavailable",
        $"The program gh gave no answer for {address} within {patience.TotalSeconds:0} s and was ended: check the network, see whether `gh auth status` answers, and try again.");

    public static FailureException Unavailable(PullRequestAddress address, string said) => Failed("GitHubUnavailable",
        $"GitHub does not answer for {address}: check the network, or try again later.", said);

    public static FailureException Refused(PullRequestAddress address, string said) => Failed("GitHubRefused", $"GitHub does not give {address}.", said);

    private static FailureException Failed(string type, string message, string? said = null) => new(new()
    {
        Type = type,
        Message = string.IsNullOrWhiteSpace(said) ? message : $"{message} It said: {Line(said)}",
        Detail = said,
    });

    private static string Line(string said)
    {
        var line = string.Join(' ', said.Split((char[])['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 300 ? line : line[..299] + "…";
    }
}
