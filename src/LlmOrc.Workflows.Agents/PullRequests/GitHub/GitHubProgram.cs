using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Asks by the program <c>gh</c>, which knows who is signed in. It is started with a list of arguments; no shell sees them.</summary>
internal sealed class GitHubProgram(string path)
{
    private const int NotSignedInExitCode = 4;

    /// <exception cref="FailureException">It does not give it.</exception>
    public async Task<FetchedPullRequest> FetchAsync(PullRequestAddress address, CancellationToken cancellationToken)
    {
        var (number, repository) = (address.Number.ToString(CultureInfo.InvariantCulture), $"{address.Host}/{address.Owner}/{address.Repository}");
        var facts = await RunAsync(address, ["pr", "view", number, "--repo", repository, "--json", "title,body,author,headRefOid,changedFiles"], cancellationToken);
        var diff = await RunAsync(address, ["pr", "diff", number, "--repo", repository, "--color", "never"], cancellationToken);
        try
        {
            var json = JsonElement.Parse(facts);
            return new()
            {
                Title = json.GetProperty("title").GetString() ?? "",
                Description = json.GetProperty("body").GetString() ?? "",
                Author = json.TryGetProperty("author", out var author) && author.ValueKind == JsonValueKind.Object ? author.GetProperty("login").GetString() ?? "" : "",
                Head = json.GetProperty("headRefOid").GetString() ?? "",
                ChangedFiles = json.GetProperty("changedFiles").GetInt32(),
                Diff = diff,
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw GitHubFailures.Refused(address, $"gh pr view gave no JSON as expected ({exception.Message}); is it up to date?");
        }
    }

    private async Task<string> RunAsync(PullRequestAddress address, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Start(address, arguments);
        try
        {
            process.StandardInput.Close();
            var error = ReadAsync(process.StandardError.BaseStream, BoundedText.MaxMessageBytes, cancellationToken);
            var output = await ReadAsync(process.StandardOutput.BaseStream, BoundedText.MaxDiffBytes, cancellationToken);
            if (output is null)
                throw GitHubFailures.TooLarge(address, $"it is larger than {BoundedText.MaxDiffBytes / (1024 * 1024)} MiB");
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? output : throw Sort(address, process.ExitCode, await error ?? "");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start(PullRequestAddress address, string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not in the current folder: what is configured there is somebody else's.
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in ((string, string)[])[("GH_PROMPT_DISABLED", "1"), ("GH_NO_UPDATE_NOTIFIER", "1"), ("GH_PAGER", ""), ("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw GitHubFailures.Refused(address, $"{path} cannot be started: {exception.Message}");
        }
    }

    private static async Task<string?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken) =>
        await BoundedText.ReadAsync(stream, maxBytes, cancellationToken) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    // gh has one exit code for most things; its words tell them apart.
    private static FailureException Sort(PullRequestAddress address, int exitCode, string said)
    {
        if (exitCode == NotSignedInExitCode || Has("gh auth login", "HTTP 401", "Bad credentials"))
            return GitHubFailures.NotSignedIn(address, said);
        if (Has("rate limit", "HTTP 429"))
            return GitHubFailures.RateLimited(address, said, until: null);
        if (Has("HTTP 406", "too_large", "exceeded the maximum number of"))
            return GitHubFailures.TooLarge(address, "GitHub does not give it (HTTP 406)");
        if (Has("HTTP 404", "Could not resolve to a"))
            return GitHubFailures.NotFound(address);
        return Has("error connecting", "no such host", "timeout", "connection refused", "HTTP 5") ? GitHubFailures.Unavailable(address, said) : GitHubFailures.Refused(address, said);

        bool Has(params string[] words) => words.Any(word => said.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
