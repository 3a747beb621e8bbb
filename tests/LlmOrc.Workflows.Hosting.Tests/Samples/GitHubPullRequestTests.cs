using LlmOrc.Samples;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;
using Xunit;

namespace LlmOrc.Workflows.Tests.Samples;

/// <summary>The review of a pull request of GitHub's, with a program that answers as <c>gh</c> does.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class GitHubPullRequestTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-orc-gh-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_is_fetched_by_gh_and_reviewed_by_three()
    {
        var gh = Program(
            $$"""
            echo "$@" >> '{{_folder.FullName}}/calls'
            case "$2" in
              view) echo '{"title":"Add login","body":"With JWT","files":[{"path":"auth.py"}]}' ;;
              diff) cat '{{_folder.FullName}}/diff' ;;
            esac
            """);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "diff"), SpecializedOrchestrators.Diff, Stop);
        await using var host = LlmOrcHost.Open();

        var change = await GitHubPullRequest.FetchAsync("https://github.com/some-owner/some.repo/pull/42", gh, Stop);
        var result = await Examples.ReviewAsync(host, new SimulatedModel(), change, TextWriter.Null);

        Assert.Equal(("Add login", "With JWT"), (change.Title, change.Description));
        Assert.Equal(
            ["pr view 42 --repo some-owner/some.repo --json title,body,files", "pr diff 42 --repo some-owner/some.repo"],
            await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "calls"), Stop));
        Assert.Equal(("Add login", 3), (result.PrTitle, result.TotalReviewers));
        Assert.Equal(["senior_dev", "security_expert", "ux_reviewer"], result.Reviews.Select(r => r.Reviewer));
    }

    [Theory]
    [InlineData("GraphQL: Could not resolve: not found", "There is no such pull request")]
    [InlineData("To get started with GitHub CLI, please run: gh auth login", "gh does not know you: run `gh auth login`")]
    [InlineData("boom", "Failed to fetch PR data: boom")]
    public async Task What_gh_says_becomes_what_to_do(string said, string message)
    {
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(
            () => GitHubPullRequest.FetchAsync("https://github.com/o/r/pull/1", Program($"echo '{said}' >&2; exit 1"), Stop));

        Assert.StartsWith(message, failed.Message);
    }

    [Theory]
    [InlineData("https://gitlab.com/o/r/pull/1")]
    [InlineData("https://github.com.evil.example/o/r/pull/1")]
    [InlineData("https://github.com/o/r/pull/--web")]
    [InlineData("https://github.com/o/r/issues/1")]
    public async Task Another_address_is_refused(string url) =>
        Assert.StartsWith("Invalid GitHub PR URL", (await Assert.ThrowsAsync<ArgumentException>(() => GitHubPullRequest.FetchAsync(url, "gh", Stop))).Message);

    private string Program(string script)
    {
        var path = Path.Combine(_folder.FullName, "gh");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
