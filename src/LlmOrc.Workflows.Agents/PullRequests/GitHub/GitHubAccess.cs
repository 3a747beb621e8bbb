namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Where GitHub is and how it is asked, by the variables that GitHub's own programs know. Read anew each time; no token is kept.</summary>
/// <param name="environment">Reads an environment variable.</param>
public sealed class GitHubAccess(Func<string, string?> environment)
{
    private static readonly string[] PublicTokens = ["GH_TOKEN", "GITHUB_TOKEN"];
    private static readonly string[] EnterpriseTokens = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

    /// <summary>The process's own environment.</summary>
    public static GitHubAccess OfProcess { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>The only host whose pull requests are fetched: <c>GH_HOST</c>, else github.com.</summary>
    public string Host => Value("GH_HOST") ?? PullRequestAddress.PublicHost;

    /// <summary>Base address of the REST API: <c>GITHUB_API_URL</c>, else the host's own. Without TLS only on this machine: a token goes there.</summary>
    /// <exception cref="FailureException">The variable holds something else.</exception>
    internal Uri Api
    {
        get
        {
            var text = Value("GITHUB_API_URL") ?? (Host == PullRequestAddress.PublicHost ? "https://api.github.com" : $"https://{Host}/api/v3");
            return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && (address.Scheme == "https" || (address.Scheme == "http" && address.IsLoopback))
                ? address
                : throw new FailureException(new() { Type = "GitHubRefused", Message = "GITHUB_API_URL must be an address such as https://api.github.com: with https, and without a user name." });
        }
    }

    /// <summary>The path of the program <c>gh</c>; null where it is not installed.</summary>
    // By hand: starting a program by its name would look into the current folder first, which is somebody else's repository.
    internal string? FindProgram()
    {
        var name = OperatingSystem.IsWindows() ? "gh.exe" : "gh";
        return (environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    internal string? FindToken() => TokensOf(Host).Select(Value).FirstOrDefault(token => token is not null && token.All(c => c is > ' ' and <= '~'));

    internal static string TokenNames(PullRequestAddress address) => string.Join(" or ", TokensOf(address.Host));

    private static string[] TokensOf(string host) => host == PullRequestAddress.PublicHost ? PublicTokens : EnterpriseTokens;

    private string? Value(string name) => environment(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
}
