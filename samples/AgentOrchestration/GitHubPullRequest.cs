using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Agents.Orchestration;

namespace LlmOrc.Samples;

/// <summary>Reads a pull request by GitHub's own program, <c>gh</c>, which knows who you are.</summary>
public static partial class GitHubPullRequest
{
    /// <param name="url"><c>https://github.com/OWNER/REPO/pull/NUMBER</c>.</param>
    /// <param name="program">The default is the <c>gh</c> of the path.</param>
    /// <exception cref="ArgumentException">The address is none of a pull request.</exception>
    /// <exception cref="InvalidOperationException"><c>gh</c> failed; the message says what to do.</exception>
    public static async Task<PullRequestData> FetchAsync(string url, string program = "gh", CancellationToken cancellationToken = default)
    {
        var match = Address().Match(url);
        if (!match.Success)
            throw new ArgumentException($"Invalid GitHub PR URL: {url}. It looks like https://github.com/OWNER/REPO/pull/NUMBER.", nameof(url));
        var (repository, number) = (match.Groups["repository"].Value, match.Groups["number"].Value);

        using var view = JsonDocument.Parse(await RunAsync(program, ["pr", "view", number, "--repo", repository, "--json", "title,body,files"], cancellationToken));
        var diff = await RunAsync(program, ["pr", "diff", number, "--repo", repository], cancellationToken);
        return new()
        {
            Title = view.RootElement.GetProperty("title").GetString(),
            Description = view.RootElement.GetProperty("body").GetString(),
            Diff = diff,
            FilesChanged = [.. view.RootElement.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()!)],
        };
    }

    // No shell: what stands in the address is an argument and nothing else.
    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var gh = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (output, error) = (gh.StandardOutput.ReadToEndAsync(cancellationToken), gh.StandardError.ReadToEndAsync(cancellationToken));
        await gh.WaitForExitAsync(cancellationToken);
        if (gh.ExitCode == 0)
            return await output;

        var said = (await error).Trim();
        throw new InvalidOperationException(
            said.Contains("not found", StringComparison.OrdinalIgnoreCase) ? $"There is no such pull request, or you may not see it: {said}"
            : said.Contains("auth", StringComparison.OrdinalIgnoreCase) ? $"gh does not know you: run `gh auth login`. It says: {said}"
            : $"Failed to fetch PR data: {said}");
    }

    [GeneratedRegex(@"\Ahttps://github\.com/(?<repository>[\w.-]+/[\w.-]+)/pull/(?<number>[0-9]{1,9})/?\z", RegexOptions.CultureInvariant, 250)]
    private static partial Regex Address();
}
