using System.Globalization;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.PullRequests.GitHub;
using LlmOrc.Workflows.TestKit.Activities;
using LlmOrc.Workflows.TestKit.PullRequests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
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
    [InlineData(406, "Not Acceptable", "GitHubRefused", "HTTP 406")]
    [InlineData(400, "bad token ghp_very-secret", "GitHubRefused", "bad token [key]")]
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
    public async Task A_diff_that_is_too_large_for_one_answer_is_put_together_from_the_list_of_files()
    {
        await using var elsewhere = await FakeGitHub.StartAsync();
        (_gitHub.IsTooLarge, _gitHub.PageSize) = (true, 2);
        _gitHub.Files = [.. ListedFileJson.Of(_gitHub.Diff), new() { FileName = "db/dump.sql", Additions = 90_000 }];
        // Nobody is led away from the configured address, nor to another path of it.
        _gitHub.NextPage = $"{elsewhere.Address}repos/acme/shop/pulls/7/files?page=2";

        var run = await FetchAsync(new { url = Url });

        Assert.Null(run.Failure);
        var change = run.Outputs["pullRequest"];
        Assert.Equal(_gitHub.Files.Select(f => f.FileName), change.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()));
        Assert.Equal("GitHub leaves out the patch of 'db/dump.sql', which adds 90,000 and removes 0 lines: look at it yourself.", Assert.Single(change.GetProperty("problems").EnumerateArray()).GetProperty("message").GetString());
        Assert.Equal(_gitHub.Files.Sum(f => f.Patch is null ? 0 : f.Additions), change.GetProperty("additions").GetInt32());
        Assert.Equal(
            Enumerable.Range(1, (_gitHub.Files.Count + 1) / 2).Select(page => $"/repos/acme/shop/pulls/7/files?per_page=100&page={page}"),
            _gitHub.Requests.Select(r => r.Path).Where(path => path.Contains("files", StringComparison.Ordinal)));
        Assert.All(_gitHub.Requests, r => Assert.Equal($"Bearer {Token}", r.Authorization));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Three_thousand_files_come_page_by_page_and_the_rest_is_counted()
    {
        _gitHub.IsTooLarge = true;
        _gitHub.Files = [.. Enumerable.Range(0, 3_000).Select(i => new ListedFileJson { FileName = $"f{i}", Additions = 1, Patch = "@@ -0,0 +1 @@\n+one" })];
        _gitHub.ChangedFiles = 3_200;

        var change = (await FetchAsync(new { url = Url })).Outputs["pullRequest"];

        Assert.Equal(3_000, change.GetProperty("files").GetArrayLength());
        Assert.Contains("200 of them are not in this diff", Assert.Single(change.GetProperty("problems").EnumerateArray()).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(30 + 3, _gitHub.Requests.Count);
    }

    [Fact]
    public async Task A_list_that_ends_too_early_is_no_pull_request()
    {
        _gitHub.IsTooLarge = true;
        _gitHub.ChangedFiles = 400;

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal("DiffIncomplete", failure.Type);
        Assert.Contains("changes 400", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pages_of_two_versions_are_not_put_together(bool byHead)
    {
        _gitHub.IsTooLarge = true;
        if (!byHead)
            _gitHub.Files = [new() { FileName = "a" }, new() { FileName = "a" }];
        _gitHub.Instead = http =>
        {
            if (byHead && http.Request.Path.Value!.EndsWith("/files", StringComparison.Ordinal))
                _gitHub.Head = "def456";
            return Task.FromResult(false);
        };

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal("DiffIncomplete", failure.Type);
        Assert.Contains("Somebody pushed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("[{}]")]
    [InlineData("""[{"filename":"a","status":"renamed","additions":0,"deletions":0}]""")]
    [InlineData("""[{"filename":"","status":"added","additions":0,"deletions":0}]""")]
    [InlineData("""[{"filename":"a","status":"added","additions":"many","deletions":0}]""")]
    public async Task A_list_of_files_that_is_none_is_told(string answer)
    {
        _gitHub.IsTooLarge = true;
        _gitHub.Instead = async http =>
        {
            if (!http.Request.Path.Value!.EndsWith("/files", StringComparison.Ordinal))
                return false;
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(http.Response, answer, Stop);
            return true;
        };

        var failure = (await FetchAsync(new { url = Url })).Failure!;

        Assert.Equal("GitHubRefused", failure.Type);
        Assert.Contains("its list of files is none", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_too_gives_a_large_diff_file_by_file()
    {
        SkipOnWindows();
        (_gitHub.PageSize, _gitHub.Files) = (2, [.. ListedFileJson.Of(_gitHub.Diff), new() { FileName = "db/dump.sql", Additions = 90_000 }]);
        using var program = FakeGitHubProgram.AnsweringInParts(_gitHub.FactsOfProgram(), _gitHub.Page(1), _gitHub.Page(2), _gitHub.Page(3));
        _environment["PATH"] = program.Folder;

        var run = await FetchAsync(new { url = Url });

        Assert.Null(run.Failure);
        Assert.Equal(_gitHub.Files.Count, run.Outputs["pullRequest"].GetProperty("files").GetArrayLength());
        Assert.Contains("'db/dump.sql'", Assert.Single(run.Outputs["pullRequest"].GetProperty("problems").EnumerateArray()).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("api\n--method\nGET\n--hostname\ngithub.com\n--header\nAccept: application/vnd.github+json\nrepos/acme/shop/pulls/7/files?per_page=100&page=2\n\n", program.Calls, StringComparison.Ordinal);
        Assert.DoesNotContain("page=4", program.Calls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_says_nothing_is_ended_with_all_it_has_started()
    {
        SkipOnWindows();
        using var program = FakeGitHubProgram.Running("""exec 3>"${0%/gh}/alive"; echo alive >&3; /bin/sleep 1000 & wait""");
        _environment["PATH"] = program.Folder;
        var pipe = Path.Combine(program.Folder, "alive");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync(Stop);
        var time = new FakeTimeProvider();
        var fetching = FetchAsync(new { url = Url }, time);
        // Opens when it runs, and ends when nobody is left who could write: neither it nor its child.
        using var alive = await Task.Run(() => new StreamReader(pipe), Stop);
        Assert.Equal("alive", await alive.ReadLineAsync(Stop));

        time.Advance(TimeSpan.FromSeconds(61));

        var failure = (await fetching).Failure!;
        Assert.Equal("GitHubUnavailable", failure.Type);
        Assert.Contains("The program gh gave no answer for acme/shop#7 within 60 s and was ended: check the network", failure.Message, StringComparison.Ordinal);
        Assert.Equal("", await alive.ReadToEndAsync(Stop).WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_program_that_floods_its_errors_is_heard_out(int exitCode)
    {
        SkipOnWindows();
        using var program = FakeGitHubProgram.Running($$"""
            echo 'HTTP 404: not there' >&2
            /usr/bin/head -c 20000000 /dev/zero | /usr/bin/tr '\0' 'e' >&2
            if [ "$2" = view ]; then /bin/cat "${0%/gh}/facts"; else /bin/cat "${0%/gh}/diff"; fi
            exit {{exitCode}}
            """);
        File.WriteAllText(Path.Combine(program.Folder, "facts"), _gitHub.FactsOfProgram());
        File.WriteAllText(Path.Combine(program.Folder, "diff"), _gitHub.Diff);
        _environment["PATH"] = program.Folder;

        var run = await FetchAsync(new { url = Url });

        Assert.Equal(exitCode == 0 ? null : "PullRequestNotFound", run.Failure?.Type);
    }

    [Fact]
    public async Task The_program_gets_what_it_needs_of_the_environment_and_no_keys()
    {
        SkipOnWindows();
        using var program = FakeGitHubProgram.Running("""/usr/bin/env > "${0%/gh}/environment"; exit 4""");
        string[] needed = ["HOME", "GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "GH_CONFIG_DIR", "HTTPS_PROXY", "no_proxy", "LANG", "XDG_CONFIG_HOME"];
        foreach (var name in (string[])[.. needed, "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "MY_GATEWAY_KEY", "AWS_SECRET_ACCESS_KEY"])
            _environment[name] = $"value-of-{name}";
        (_environment["PATH"], _environment["GH_HOST"]) = (program.Folder, "github.com");

        await FetchAsync(new { url = Url });

        var given = File.ReadAllLines(Path.Combine(program.Folder, "environment"));
        Assert.All(needed, name => Assert.Contains($"{name}={_environment[name]}", given));
        Assert.Contains($"PATH={program.Folder}", given);
        Assert.Contains("GH_PROMPT_DISABLED=1", given);
        // PWD and the like are the shell's own.
        Assert.DoesNotContain(given, line => line.Contains("KEY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_named_in_one_way_only()
    {
        Assert.Equal("InputInvalid", (await FetchAsync(new { url = Url, number = 7 })).Failure!.Type);
        Assert.Equal("InputInvalid", (await FetchAsync(new { owner = "acme" })).Failure!.Type);
    }

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The fake is a shell script.");

    private async Task<LeafRun> FetchAsync(object inputs, TimeProvider? time = null)
    {
        using var gitHub = new GitHubPullRequests(new GitHubAccess(_environment.GetValueOrDefault), time ?? TimeProvider.System);
        await using var services = new ServiceCollection().AddSingleton(gitHub).BuildServiceProvider();
        return await LeafRun.ExecuteAsync<FetchPullRequestActivity>(services, new FakeActivityContext(), inputs, Stop);
    }
}
