using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Which pull request, on which GitHub. Every part was checked: it can stand in a path and behind an option.</summary>
public sealed partial record PullRequestAddress
{
    /// <summary>Where GitHub is unless the settings say otherwise.</summary>
    public const string PublicHost = "github.com";

    private PullRequestAddress(string host, string owner, string repository, int number) => (Host, Owner, Repository, Number) = (host, owner, repository, number);

    public string Host { get; }

    public string Owner { get; }

    public string Repository { get; }

    public int Number { get; }

    /// <summary>Reads <c>https://HOST/OWNER/REPOSITORY/pull/NUMBER</c>, with or without the page of it that was copied (files, commits, checks).</summary>
    /// <param name="host">The only host that is taken.</param>
    /// <exception cref="FailureException">It is something else.</exception>
    public static PullRequestAddress Parse(string url, string host)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(host);
        // By its text and not by its parts: what a parser of addresses tidies up is what is to be refused.
        if (UrlPattern().Match(url.Trim()) is { Success: true } match && string.Equals(match.Groups["host"].Value, host, StringComparison.OrdinalIgnoreCase))
            return Of(host, match.Groups["owner"].Value, match.Groups["repository"].Value, int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture));
        throw Invalid($"'{Shortened(url)}' is not the address of a pull request: write https://{host}/OWNER/REPOSITORY/pull/NUMBER.");
    }

    /// <exception cref="FailureException">One of them cannot be what it should be.</exception>
    public static PullRequestAddress Of(string host, string owner, string repository, int number)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(repository);
        if (!OwnerPattern().IsMatch(owner))
            throw Invalid($"'{Shortened(owner)}' is no owner of a repository: a name of letters, digits and dashes.");
        if (!RepositoryPattern().IsMatch(repository) || repository is "." or "..")
            throw Invalid($"'{Shortened(repository)}' is no name of a repository.");
        return number > 0 ? new(host, owner, repository, number) : throw Invalid($"{number} is no number of a pull request.");
    }

    public override string ToString() => $"{(Host == PublicHost ? "" : $"{Host}/")}{Owner}/{Repository}#{Number.ToString(CultureInfo.InvariantCulture)}";

    // A run keeps what it was started with.
    private static FailureException Invalid(string message) => new(new() { Type = "PullRequestAddressInvalid", Message = message, IsFinal = true });

    private static string Shortened(string text) => text.Length <= 200 ? text : text[..199] + "…";

    [GeneratedRegex(@"\Ahttps://(?<host>[A-Za-z0-9.-]+)/(?<owner>[A-Za-z0-9_-]+)/(?<repository>[A-Za-z0-9._-]+)/pull/(?<number>[1-9][0-9]{0,8})(/(files|commits|checks))?/?(#[^\s]*)?\z", RegexOptions.ExplicitCapture, 250)]
    private static partial Regex UrlPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,99}\z", RegexOptions.None, 250)]
    private static partial Regex OwnerPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,100}\z", RegexOptions.None, 250)]
    private static partial Regex RepositoryPattern();
}
