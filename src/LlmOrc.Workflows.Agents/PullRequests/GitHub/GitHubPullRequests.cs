namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Fetches pull requests: by the program <c>gh</c> where it is installed, else by the REST API with a token.</summary>
public sealed class GitHubPullRequests(GitHubAccess access, TimeProvider time) : IDisposable
{
    // Of all that one pull request takes: two answers, or one for each hundred files. Who waits longer waits for nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    // Twice as many as full pages would be: a page may be shorter than it could be.
    private const int MostPages = 2 * ListedFile.MostFiles / ListedFile.FilesPerPage;

    private readonly SocketsHttpHandler _network = new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = System.Net.DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>The only host whose pull requests are fetched.</summary>
    public string Host => access.Host;

    /// <exception cref="FailureException">It cannot be had, or not whole; the message says what to do.</exception>
    internal async Task<FetchedPullRequest> FetchAsync(PullRequestAddress address, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var gitHub = Reader(address);
            var facts = await gitHub.ReadFactsAsync(address, both.Token);
            if (await gitHub.ReadDiffAsync(address, both.Token) is not { } diff)
                return await FetchInPartsAsync(gitHub, address, facts, both.Token);
            ThrowIfIncomplete(address, CountFiles(diff), facts.ChangedFiles);
            return new(facts, diff, []);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw GitHubFailures.Unavailable(address, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _network.Dispose();

    private IGitHubReader Reader(PullRequestAddress address) =>
        access.FindProgram() is { } program ? new GitHubProgram(program, access, time)
        : access.FindToken() is { } token ? new GitHubRest(_network, access.Api, token, time)
        : throw GitHubFailures.NoWay(address);

    // A diff that GitHub does not give as one (more than 300 files, or 20,000 lines), file by file.
    private static async Task<FetchedPullRequest> FetchInPartsAsync(IGitHubReader gitHub, PullRequestAddress address, PullRequestFacts facts, CancellationToken cancellationToken)
    {
        var parts = new DiffInParts();
        var expected = Math.Min(facts.ChangedFiles, ListedFile.MostFiles);
        for (var page = 1; page <= MostPages && parts.Files < expected; page++)
        {
            var files = ListedFile.ReadPage(address, await gitHub.ReadFilesAsync(address, page, cancellationToken));
            if (files.Count == 0)
                break;
            foreach (var file in files)
                parts.Add(file);
            if (parts.Length > BoundedText.MaxDiffBytes)
                throw GitHubFailures.TooLarge(address, $"it is larger than {BoundedText.MaxDiffBytes / (1024 * 1024)} MiB");
        }

        ThrowIfIncomplete(address, parts.Files, expected);
        // Pages of two versions do not make one.
        if (parts.HasDuplicates || (await gitHub.ReadFactsAsync(address, cancellationToken)).Head != facts.Head)
            throw GitHubFailures.Moved(address);
        var (diff, leftOut) = parts.Finish(facts.ChangedFiles);
        return new(facts, diff, leftOut);
    }

    private static void ThrowIfIncomplete(PullRequestAddress address, int files, int changedFiles)
    {
        if (files < changedFiles)
            throw GitHubFailures.Incomplete(address, files, changedFiles);
    }

    // Lines of files begin with a sign or a space; only a header begins so.
    private static int CountFiles(string diff)
    {
        var files = diff.StartsWith("diff --git ", StringComparison.Ordinal) ? 1 : 0;
        for (var at = 0; (at = diff.IndexOf("\ndiff --git ", at, StringComparison.Ordinal)) >= 0; at++)
            files++;
        return files;
    }
}
