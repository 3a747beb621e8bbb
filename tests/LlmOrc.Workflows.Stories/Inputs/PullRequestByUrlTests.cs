using LlmOrc.Workflows.TestKit.PullRequests;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Inputs;

/// <summary>A pull request is reviewed by its address, with a program gh that is none and no network.</summary>
public sealed class PullRequestByUrlTests : IAsyncDisposable
{
    private const string Url = "url=https://github.com/acme/shop/pull/7";

    private readonly StoryFolder _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task The_program_gh_fetches_it_and_three_agents_review_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The fake is a shell script.");
        await using var gitHub = await FakeGitHub.StartAsync();
        using var program = FakeGitHubProgram.Answering(gitHub.FactsOfProgram(), gitHub.Diff);

        var ended = await RunAsync(program, "run", "pr-review", "--input", Url, "--model", "simulated", "--id", "byurl");

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("Pr title: Search customers", ended.Output);
        Assert.Equal(4, _folder.Run("byurl").Replies.Count());
        Assert.StartsWith("pr\nview\n7\n--repo\ngithub.com/acme/shop\n", program.Calls);
    }

    [Fact]
    public async Task A_run_whose_pull_request_cannot_be_had_is_resumed_when_it_can()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The fake is a shell script.");
        await using var gitHub = await FakeGitHub.StartAsync();
        using var signedOut = FakeGitHubProgram.Failing(4, "To get started with GitHub CLI, please run:  gh auth login");
        using var signedIn = FakeGitHubProgram.Answering(gitHub.FactsOfProgram(), gitHub.Diff);

        var failed = await RunAsync(signedOut, "run", "pr-review", "--input", Url, "--model", "simulated", "--id", "byurl");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("sign in with `gh auth login`", failed.Error);
        Assert.Contains("llm-orc resume byurl", failed.Error);

        Assert.Equal(0, (await RunAsync(signedIn, "resume", "byurl")).ExitCode);
        Assert.Equal(4, _folder.Run("byurl").Replies.Count());
    }

    [Fact]
    public async Task An_address_of_something_else_starts_nothing()
    {
        var ended = await _folder.RunAsync("run", "pr-review", "--input", "url=https://github.com.evil.example/acme/shop/pull/7", "--id", "byurl");

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("write https://github.com/OWNER/REPOSITORY/pull/NUMBER", ended.Error);
        Assert.Null(_folder.FindRun("byurl"));
    }

    private Task<EndedProcess> RunAsync(FakeGitHubProgram program, params string[] args) => _folder.Keep(ChildProcess.Start(
        BuiltProgram.LlmOrc, [.. args, "--data", _folder.DataFolder], _folder.Work, ("PATH", $"{program.Folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}"))).EndAsync();
}
