using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Activities;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

public sealed class PullRequestTests
{
    private static readonly string Diff = File.ReadAllText(RepositoryRoot.Combine("samples", "change.diff"));

    [Fact]
    public async Task A_diff_alone_is_enough()
    {
        var run = await ParseAsync(new { diff = Diff });

        Assert.Equal(["Done"], run.Outcomes);
        var change = run.Outputs["pullRequest"];
        Assert.Equal("Untitled change", change.GetProperty("title").GetString());
        Assert.Equal("Untitled change", run.Outputs["changeTitle"].GetString());
        Assert.Equal("", change.GetProperty("description").GetString());
        Assert.Equal(Diff, change.GetProperty("diff").GetString());
        Assert.Equal(0, change.GetProperty("problems").GetArrayLength());
        string[] files = ["shop/customers.py", "shop/report.py", "shop/templates/customers.html", "tests/test_customers.py"];
        Assert.Equal(files, change.GetProperty("filesChanged").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(files, change.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString()));
        Assert.Equal(Diff.Split('\n').Count(l => l.StartsWith('+') && !l.StartsWith("+++", StringComparison.Ordinal)), change.GetProperty("additions").GetInt32());
        Assert.Equal(Diff.Split('\n').Count(l => l.StartsWith('-') && !l.StartsWith("---", StringComparison.Ordinal)), change.GetProperty("deletions").GetInt32());
        Assert.Equal(
            """{"path":"shop/report.py","oldPath":"shop/report.py","change":"modified","additions":10,"deletions":1,"isBinary":false,"isComplete":true,"hunks":[{"oldStart":1,"oldCount":5,"newStart":1,"newCount":5,"section":""},{"oldStart":7,"oldCount":5,"newStart":7,"newCount":14,"section":"def revenue(orders, month):"}]}""",
            change.GetProperty("files")[1].GetRawText());
    }

    [Theory]
    [InlineData("""["a.py","b.py"]""")]
    [InlineData("\"a.py, b.py\"")]
    [InlineData("\"a.py\\nb.py\\n\"")]
    public async Task What_the_caller_says_counts(string filesChanged)
    {
        var run = await ParseAsync(new { diff = Diff, title = " Search ", description = "Finds customers.", filesChanged = System.Text.Json.JsonElement.Parse(filesChanged) });

        var change = run.Outputs["pullRequest"];
        Assert.Equal(("Search", "Finds customers."), (change.GetProperty("title").GetString(), change.GetProperty("description").GetString()));
        Assert.Equal(["a.py", "b.py"], change.GetProperty("filesChanged").EnumerateArray().Select(f => f.GetString()));
    }

    [Fact]
    public async Task A_diff_of_more_files_than_a_prompt_can_list_is_refused()
    {
        var diff = string.Concat(Enumerable.Range(0, 5001).Select(i => $"--- /dev/null\n+++ b/{i}\n@@ -0,0 +1 @@\n+x\n"));

        var failure = (await ParseAsync(new { diff })).Failure!;

        Assert.Equal(("DiffTooLarge", true), (failure.Type, failure.IsFinal));
        Assert.Contains("changes 5,001 files; 5,000 at most", failure.Message);
    }

    [Theory]
    [InlineData("Binary files differ\n", "line 1: ")]
    [InlineData("Binary files  differ\n", "line 1: ")]
    [InlineData("", "it is empty")]
    [InlineData(null, "it is empty")]
    [InlineData("just some words", "line 1: ")]
    public async Task A_text_that_changes_no_file_is_refused_before_anything_is_paid(string? diff, string expected)
    {
        var failure = (await ParseAsync(new { diff })).Failure!;

        Assert.Equal("DiffWithoutFiles", failure.Type);
        Assert.Contains(expected, failure.Message);
        Assert.Contains("git diff", failure.Message);
    }

    [Fact]
    public async Task A_damaged_diff_says_what_could_not_be_read()
    {
        var run = await ParseAsync(new { diff = string.Join('\n', Diff.Split('\n').Take(30)) });

        Assert.NotEqual(0, run.Outputs["pullRequest"].GetProperty("problems").GetArrayLength());
    }

    private static async Task<LeafRun> ParseAsync(object inputs)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        return await LeafRun.ExecuteAsync<ParsePullRequestActivity>(services, new FakeActivityContext(), inputs, TestContext.Current.CancellationToken);
    }
}
