using System.Globalization;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.PullRequests.GitHub;
using LlmOrc.Workflows.TestKit.Activities;
using LlmOrc.Workflows.TestKit.PullRequests;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests.GitHub;

/// <summary>Both ways to a pull request, and all that may stand in them; without a network.</summary>
public sealed class FetchPullRequestTests : IAsyncLifetime
{
    private const string Url = "https://github.com/acme/shop/pull/7";
    private const string Token = "ghp_very-secret";

    private readonly Dictionary<string, string> _environment = [];
    private FakeGitHub _gitHub = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _gitHub = await FakeGitHub.StartAsync();
        _environment["GITHUB_API_URL"] = _gitHub.Address.ToString();
        _environment["GH_TOKEN"] = Token;
    }

    public ValueTask DisposeAsync() => _gitHub.DisposeAsync();

    [Fact]
    public async Task The_api_gives_title_description_and_the_whole_diff()
    {
        var run = await FetchAsync(new { url = Url });

        Assert.Null(run.Failure);
        var change = run.Outputs["pullRequest"];
        Assert.Equal("Search customers", change.GetProperty("title").GetString());
        Assert.Equal("Adds a search.", change.GetProperty("description").GetString());
        Assert.Equal(_gitHub.Diff, change.GetProperty("diff").GetString());
        Assert.Equal(("grace", "abc123"), (run.Outputs["author"].GetString(), run.Outputs["head"].GetString()));
        Assert.All(_gitHub.Requests, r => Assert.Equal($"Bearer {Token}", r.Authorization));
        Assert.Equal(["application/vnd.github+json", "application/vnd.github.diff"], _gitHub.Requests.Select(r => r.Accept));
    }

    [Fact]
    public async Task Owner_repository_and_number_name_it_too_and_a_title_of_ones_own_wins()
    {
        _gitHub.Body = null;

        var run = await FetchAsync(new { owner = "acme", repository = "shop", number = 7, title = "Mine" });

        Assert.Equal("Mine", run.Outputs["changeTitle"].GetString());
        Assert.Equal("", run.Outputs["pullRequest"].GetProperty("description").GetString());
    }

    [Theory]
    [InlineData(404, "Not Found", "PullRequestNotFound", "check the address")]
    [InlineData(401, "Bad credentials", "GitHubNotSignedIn", "GH_TOKEN or GITHUB_TOKEN")]
    [InlineData(403, "API rate limit exceeded for user", "GitHubRateLimited", "try again later")]
    [InlineData(403, "Resource not accessible", "GitHubRefused", "Resource not accessible")]
    [InlineData(429, "Slow down", "GitHubRateLimited", "Slow down")]
    [InlineData(406, "Sorry, the diff exceeded the maximum number of lines (20000)", "DiffTooLarge", "git diff BASE...HEAD")]
    [InlineData(301, "Moved Permanently", "GitHubRefused", "has moved")]
    [InlineData(502, "Bad gateway", "GitHubUnavailable", "try again later")]
    public async Task What_the_api_refuses_is_said_with_what_to_do(int status, string said, string type, string advice)
    {
        _gitHub.Instead = async http =>
        {
            await FakeGitHub.FailAsync(http, status, said);
            return true;
        };

        var run = await FetchAsync(new { url = Url });

        Assert.Equal(type, run.Failure!.Type);
        Assert.Contains(advice, run.Failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Token, run.Failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_says_until_when()
    {
        _gitHub.Instead = async http =>
        {
            http.Response.Headers["x-ratelimit-remaining"] = "0";
            http.Response.Headers["x-ratelimit-reset"] = new DateTimeOffset(2030, 1, 2, 3, 4, 0, TimeSpan.Zero).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            await FakeGitHub.FailAsync(http, 403, "no");
            return true;
        };

        Assert.Contains("after 2030-01-02 03:04 UTC", (await FetchAsync(new { url = Url })).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diff_with_fewer_files_than_were_changed_is_refused()
    {
        _gitHub.ChangedFiles = 4000;

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal("DiffIncomplete", failure.Type);
        Assert.Contains("changes 4000", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diff_that_never_ends_is_refused_and_not_cut_off()
    {
        _gitHub.Instead = async http =>
        {
            if (!http.Request.Headers.Accept.ToString().Contains("diff", StringComparison.Ordinal))
                return false;
            var line = "+0123456789\n"u8.ToArray().AsMemory();
            var page = Enumerable.Repeat(line.ToArray(), 8192).SelectMany(b => b).ToArray();
            for (var i = 0; i < 1000 && !http.RequestAborted.IsCancellationRequested; i++)
                await http.Response.Body.WriteAsync(page, CancellationToken.None);
            return true;
        };

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal("DiffTooLarge", failure.Type);
        Assert.True(failure.IsFinal);
    }

    [Fact]
    public async Task Without_program_and_token_it_says_how_to_get_one()
    {
        _environment.Remove("GH_TOKEN");

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal("GitHubNotSignedIn", failure.Type);
        Assert.Contains("gh auth login", failure.Message, StringComparison.Ordinal);
        Assert.Contains("GH_TOKEN or GITHUB_TOKEN", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_gitHub.Requests);
    }

    [Theory]
    [InlineData("http://api.example.com")]
    [InlineData("https://user@api.example.com")]
    [InlineData("nonsense")]
    public async Task A_token_goes_to_no_address_without_encryption(string api)
    {
        _environment["GITHUB_API_URL"] = api;

        Assert.Contains("GITHUB_API_URL must be", (await FetchAsync(new { url = Url })).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_public_token_does_not_go_to_another_host()
    {
        _environment["GH_HOST"] = "git.acme.example";

        var failure = (await FetchAsync(new { url = "https://git.acme.example/acme/shop/pull/7" })).Failure!;

        Assert.Contains("GH_ENTERPRISE_TOKEN", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_gitHub.Requests);
    }

    [Fact]
    public async Task The_program_is_asked_first_and_gets_its_arguments_one_by_one()
    {
        SkipOnWindows();
        using var program = FakeGitHubProgram.Answering(_gitHub.FactsOfProgram(), _gitHub.Diff);
        _environment["PATH"] = $"relative{Path.PathSeparator}/nowhere{Path.PathSeparator}{program.Folder}";

        var run = await FetchAsync(new { url = Url });

        Assert.Equal(_gitHub.Diff, run.Outputs["pullRequest"].GetProperty("diff").GetString());
        Assert.Equal("Search customers", run.Outputs["changeTitle"].GetString());
        Assert.Equal("pr\nview\n7\n--repo\ngithub.com/acme/shop\n--json\ntitle,body,author,headRefOid,changedFiles\n\npr\ndiff\n7\n--repo\ngithub.com/acme/shop\n--color\nnever\n\n", program.Calls);
        Assert.Empty(_gitHub.Requests);
    }

    [Theory]
    [InlineData(4, "To get started with GitHub CLI, please run:  gh auth login", "GitHubNotSignedIn", "gh auth login")]
    [InlineData(1, "GraphQL: Could not resolve to a PullRequest with the number of 7. (repository.pullRequest)", "PullRequestNotFound", "check the address")]
    [InlineData(1, "HTTP 403: API rate limit exceeded for user ID 1. (https://api.github.com/graphql)", "GitHubRateLimited", "try again later")]
    [InlineData(1, "could not find pull request diff: HTTP 406: Sorry, the diff exceeded the maximum number of files (300).", "DiffTooLarge", "git diff BASE...HEAD")]
    [InlineData(1, "error connecting to api.github.com", "GitHubUnavailable", "check the network")]
    [InlineData(1, "something new", "GitHubRefused", "something new")]
    public async Task What_the_program_refuses_is_said_with_what_to_do(int exitCode, string said, string type, string advice)
    {
        SkipOnWindows();
        using var program = FakeGitHubProgram.Failing(exitCode, said);
        _environment["PATH"] = program.Folder;

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal(type, failure.Type);
        Assert.Contains(advice, failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task It_is_named_in_one_way_only()
    {
        Assert.Equal("InputInvalid", (await FetchAsync(new { url = Url, number = 7 })).Failure!.Type);
        Assert.Equal("InputInvalid", (await FetchAsync(new { owner = "acme" })).Failure!.Type);
    }

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The fake is a shell script.");

    private async Task<LeafRun> FetchAsync(object inputs)
    {
        using var gitHub = new GitHubPullRequests(new GitHubAccess(_environment.GetValueOrDefault), TimeProvider.System);
        await using var services = new ServiceCollection().AddSingleton(gitHub).BuildServiceProvider();
        return await LeafRun.ExecuteAsync<FetchPullRequestActivity>(services, new FakeActivityContext(), inputs, Stop);
    }
}
