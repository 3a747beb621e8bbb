namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Fetches pull requests: by the program <c>gh</c> where it is installed, else by the REST API with a token.</summary>
public sealed class GitHubPullRequests(GitHubAccess access, TimeProvider time) : IDisposable
{
    // A diff of some MB on a slow line; who waits longer waits for nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

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
            var fetched = access.FindProgram() is { } program ? await new GitHubProgram(program).FetchAsync(address, both.Token)
                : access.FindToken() is { } token ? await new GitHubRest(_network, access.Api, token, time).FetchAsync(address, both.Token)
                : throw GitHubFailures.NoWay(address);
            fetched.ThrowIfIncomplete(address);
            return fetched;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw GitHubFailures.Unavailable(address, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _network.Dispose();
}
