using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Asks by the program <c>gh</c>, which knows who is signed in. It is started with a list of arguments; no shell sees them.</summary>
internal sealed class GitHubProgram(string path, GitHubAccess access, TimeProvider time) : IGitHubReader
{
    private const int NotSignedInExitCode = 4;

    // Of one start: a diff of some MB on a slow line. gh itself has no limit, and may wait for a person at a keyring.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<PullRequestFacts> ReadFactsAsync(PullRequestAddress address, CancellationToken cancellationToken)
    {
        var facts = Checked(address, await RunAsync(address, ["pr", "view", Number(address), "--repo", Repository(address), "--json", "title,body,author,headRefOid,changedFiles"], cancellationToken));
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
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw GitHubFailures.Refused(address, $"gh pr view gave no JSON as expected ({exception.Message}); is it up to date?");
        }
    }

    public async Task<string?> ReadDiffAsync(PullRequestAddress address, CancellationToken cancellationToken)
    {
        var ended = await RunAsync(address, ["pr", "diff", Number(address), "--repo", Repository(address), "--color", "never"], cancellationToken);
        return ended.ExitCode != 0 && ended.Says("HTTP 406", "too_large", "exceeded the maximum number of") ? null : Encoding.UTF8.GetString(Checked(address, ended));
    }

    public async Task<byte[]> ReadFilesAsync(PullRequestAddress address, int page, CancellationToken cancellationToken) => Checked(address, await RunAsync(
        address,
        [
            "api", "--method", "GET", "--hostname", address.Host, "--header", "Accept: application/vnd.github+json",
            string.Create(CultureInfo.InvariantCulture, $"repos/{address.Owner}/{address.Repository}/pulls/{address.Number}/files?per_page={ListedFile.FilesPerPage}&page={page}"),
        ],
        cancellationToken));

    private static string Number(PullRequestAddress address) => address.Number.ToString(CultureInfo.InvariantCulture);

    private static string Repository(PullRequestAddress address) => $"{address.Host}/{address.Owner}/{address.Repository}";

    private async Task<Ended> RunAsync(PullRequestAddress address, string[] arguments, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        using var process = Start(address, arguments);
        try
        {
            process.StandardInput.Close();
            // Both at once, to their ends: a program waits when nobody reads what it says.
            var error = BoundedText.ReadFirstAsync(process.StandardError.BaseStream, BoundedText.MaxMessageBytes, both.Token);
            var output = await BoundedText.ReadAsync(process.StandardOutput.BaseStream, BoundedText.MaxDiffBytes, both.Token).WaitAsync(both.Token)
                ?? throw GitHubFailures.TooLarge(address, $"it is larger than {BoundedText.MaxDiffBytes / (1024 * 1024)} MiB");
            await process.WaitForExitAsync(both.Token);
            return new(process.ExitCode, output, Encoding.UTF8.GetString(await error.WaitAsync(both.Token)));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw GitHubFailures.ProgramSilent(address, Patience);
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
        start.Environment.Clear();
        foreach (var (name, value) in access.EnvironmentOfProgram())
            start.Environment[name] = value;
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

    // gh has one exit code for most things; its words tell them apart.
    private static byte[] Checked(PullRequestAddress address, Ended ended)
    {
        if (ended.ExitCode == 0)
            return ended.Output;
        if (ended.ExitCode == NotSignedInExitCode || ended.Says("gh auth login", "HTTP 401", "Bad credentials"))
            throw GitHubFailures.NotSignedIn(address, ended.Error);
        if (ended.Says("rate limit", "HTTP 429"))
            throw GitHubFailures.RateLimited(address, ended.Error, until: null);
        if (ended.Says("HTTP 404", "Could not resolve to a"))
            throw GitHubFailures.NotFound(address);
        throw ended.Says("error connecting", "no such host", "timeout", "connection refused", "HTTP 5")
            ? GitHubFailures.Unavailable(address, ended.Error)
            : GitHubFailures.Refused(address, ended.Error);
    }

    /// <summary>What a start of it came to.</summary>
    /// <param name="Error">Its beginning.</param>
    private sealed record Ended(int ExitCode, byte[] Output, string Error)
    {
        public bool Says(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (Error.Contains(word, StringComparison.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }
    }
}
