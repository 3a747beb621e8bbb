namespace LlmOrc.Workflows.Server.GitHub;

/// <summary>GitHub tells of pull requests, and a workflow reviews them. Settings: <c>LlmOrc:GitHub:Secret</c>, …</summary>
internal sealed class GitHubSettings
{
    private const int MinSecretLength = 16;

    /// <summary>What the webhook was made with on GitHub; a file with it in <see cref="SecretFile"/>.</summary>
    public string? Secret { get; set; }

    public string? SecretFile { get; set; }

    /// <summary>The one before, while GitHub still signs with it.</summary>
    public string? OldSecret { get; set; }

    /// <summary>Those whose pull requests are reviewed, as <c>owner/name</c>. There is no default: a repository that is not named is refused.</summary>
    public IReadOnlyList<string> Repositories { get; set; } = [];

    /// <summary>What is started, with the input <c>url</c>.</summary>
    public string Workflow { get; set; } = "pr-review";

    public bool IsOn => ReadSecrets().Any();

    public IEnumerable<string> ReadSecrets() =>
        new[] { SecretFile is { Length: > 0 } path && File.Exists(path) ? File.ReadAllText(path).Trim() : Secret, OldSecret }.OfType<string>().Where(s => s.Length > 0);

    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? FindProblem() =>
        ReadSecrets().Any(s => s.Length < MinSecretLength) ? $"LlmOrc:GitHub needs a secret of at least {MinSecretLength} characters."
        : IsOn && Repositories.Count == 0 ? "LlmOrc:GitHub has a secret and no repositories: name those whose pull requests are reviewed, as owner/name."
        : null;
}
