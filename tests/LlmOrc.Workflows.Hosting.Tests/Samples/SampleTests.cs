using LlmOrc.Samples;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;
using Xunit;

namespace LlmOrc.Workflows.Tests.Samples;

/// <summary>Every example of the original document, as it stands in samples/, by the simulated model.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Names => [.. Sample.All.Keys.Where(name => name != "github-pr-review")];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_runs_and_says_something(string name)
    {
        await using var host = LlmOrcHost.Open();
        await using var output = new StringWriter();

        await Sample.All[name](host, new SimulatedModel(), output);

        Assert.NotEmpty(output.ToString());
        if (name is not ("models" or "factory" or "routing-performance"))
            Assert.Contains("[simulated]", output.ToString());
    }

    [Fact]
    public async Task The_quick_start_takes_five_lines() =>
        Assert.StartsWith("[simulated]", await QuickStart.FiveLinesAsync(new SimulatedModel()));

    [Fact]
    public async Task What_the_samples_say_holds()
    {
        Assert.Equal(9, (await LinesAsync("multi-agent")).Count(l => l.StartsWith("expert", StringComparison.Ordinal)));
        Assert.Equal(
            ["code_quality_reviewer: code_quality", "security_reviewer: security", "performance_reviewer: performance"], await LinesAsync("factory"));
        Assert.Equal(
            ["ollama/llama3", "claude/claude-3-5-sonnet-20241022", "gemini/gemini-pro", "openai/gpt-4o-mini", "openai/qwen3", "local", "simulated", "simulated"],
            await LinesAsync("models"));
        Assert.Equal(
            ["architect:", "security:", "performance:", "ux:"],
            (await LinesAsync("technical-discussion")).Select(l => l.Split(' ')[0]).Where(l => l.EndsWith(':') && !l.StartsWith('[')));
        var review = string.Join('\n', await LinesAsync("pr-review"));
        Assert.Contains("PR: Add user authentication system\nReviewers: 3\nSummary: ", review);
        Assert.Contains("hunter2", review);
        Assert.EndsWith(" entries", (await LinesAsync("broadcast"))[^1]);
    }

    private static async Task<string[]> LinesAsync(string name)
    {
        await using var host = LlmOrcHost.Open();
        await using var output = new StringWriter();
        await Sample.All[name](host, new SimulatedModel(), output);
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
