namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Where GitHub is and how it is asked, by the variables that GitHub's own programs know. Read anew each time; no token is kept.</summary>
/// <param name="environment">Reads an environment variable.</param>
public sealed class GitHubAccess(Func<string, string?> environment)
{
    private static readonly string[] PublicTokens = ["GH_TOKEN", "GITHUB_TOKEN"];
    private static readonly string[] EnterpriseTokens = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

    // What gh needs: where it and its settings are, who is signed in (a keyring is found by the session's bus), how to get out, and how to write.
    // A list of what is let through, and not of what is held back: keys of providers are in variables of any name.
    private static readonly string[] OfProgram =
    [
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
        .. PublicTokens, .. EnterpriseTokens, "GH_HOST", "GH_CONFIG_DIR",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE",
        "LANG", "LANGUAGE", "LC_CTYPE", "LC_MESSAGES", "TZ",
        // Windows, without some of which no program starts.
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "ProgramData", "ProgramFiles",
    ];

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

    /// <summary>The variables that the program gets, and no others.</summary>
    internal IEnumerable<(string Name, string Value)> EnvironmentOfProgram()
    {
        foreach (var name in OfProgram)
        {
            if (environment(name) is { } value)
                yield return (name, value);
        }
    }

    internal string? FindToken() => TokensOf(Host).Select(Value).FirstOrDefault(token => token is not null && token.All(c => c is > ' ' and <= '~'));

    internal static string TokenNames(PullRequestAddress address) => string.Join(" or ", TokensOf(address.Host));

    private static string[] TokensOf(string host) => host == PullRequestAddress.PublicHost ? PublicTokens : EnterpriseTokens;

    private string? Value(string name) => environment(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
}
