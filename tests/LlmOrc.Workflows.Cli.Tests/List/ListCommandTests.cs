using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.List;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.List;

public sealed class ListCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task Runs_are_listed_newest_first_with_what_they_cost()
    {
        _line.WriteGreeting();
        _line.WriteEffect();
        await _line.RunAsync("run", "greeting", "--sample", "--id", "one", "--name", "The first");
        await _line.RunAsync("run", "effect", "--id", "two");

        var runs = (await _line.RunAsync("list", "--json")).Json;

        Assert.Equal(["two", "one"], runs.EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        Assert.Equal("The first", runs[1].GetProperty("name").GetString());
        Assert.Equal("finished", runs[0].GetProperty("state").GetString());
        Assert.Equal(0.01m, runs[0].GetProperty("usage").GetProperty("cost").GetDecimal());

        var lines = (await _line.RunAsync("list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("two\teffect\tfinished\t", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\t$0\tThe first", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_are_filtered_by_state_workflow_and_number()
    {
        _line.WriteGreeting();
        _line.WriteQuestion();
        await _line.RunAsync("run", "greeting", "--sample", "--id", "g1");
        await _line.RunAsync("run", "question", "--id", "q1");
        await _line.RunAsync("run", "question", "--id", "q2");
        await _line.RunAsync("cancel", "q2");

        Assert.Equal(["q1"], await IdsAsync("--status", "waiting"));
        Assert.Equal(["q2"], await IdsAsync("-s", "Cancelled"));
        Assert.Equal(["g1"], await IdsAsync("-s", "finished"));
        Assert.Empty(await IdsAsync("-s", "interrupted"));
        Assert.Equal(["q2", "q1"], await IdsAsync("--workflow", "question"));
        Assert.Equal(["q2"], await IdsAsync("-n", "1"));
    }

    [Fact]
    public async Task An_empty_list_says_how_to_begin()
    {
        var ended = await _line.RunAsync("list");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Empty(ended.Output);
        Assert.Contains("llm-orc run WORKFLOW", ended.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _line.RunAsync("list", "--json")).Json.GetArrayLength());
    }

    [Theory]
    [InlineData(200, "Id Workflow Status Started Duration Cost Name")]
    [InlineData(64, "Id Workflow Status Started")]
    [InlineData(40, "Id Workflow Status")]
    public async Task A_narrow_terminal_gets_the_columns_that_matter_most(int width, string columns)
    {
        _line.WriteEffect();
        await _line.RunAsync("run", "effect", "--name", "a name", "--id", "effect-12345");
        _line.Width = width;

        var lines = (await _line.RunAsync("list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.Equal(columns, string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.StartsWith("effect-12345   effect     finished", lines[2], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
    }

    [Fact]
    public async Task A_state_that_there_is_not_is_answered_with_those_there_are() => Assert.StartsWith(
        "error: --status is one of: running, interrupted, waiting, finished, faulted, cancelled.\n", (await _line.RunAsync("list", "--status", "sleepy")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("--limit", "0")]
    [InlineData("--limit", "1001")]
    [InlineData("--limit", "many")]
    [InlineData("--status", "sleepy")]
    public async Task A_filter_that_means_nothing_is_refused(string option, string value) =>
        Assert.Equal(ExitCode.BadInput, (await _line.RunAsync("list", option, value)).ExitCode);

    [Theory]
    [InlineData(new[] { "one", "two" }, 3)]
    [InlineData(new[] { "0123456789abcdef0123", "fedcba98765432100123" }, 12)]
    [InlineData(new[] { "0123456789abcdef0123", "0123456789abcdef0124" }, 20)]
    [InlineData(new[] { "pr-review-2026-1", "pr-review-2026-2", "x" }, 16)]
    public void Ids_are_as_long_as_it_takes_to_tell_them_apart(string[] ids, int length) => Assert.Equal(length, RunTable.IdLength(ids));

    public void Dispose() => _line.Dispose();

    private async Task<IEnumerable<string?>> IdsAsync(params string[] filters) =>
        (await _line.RunAsync(["list", "--json", .. filters])).Json.EnumerateArray().Select(r => r.GetProperty("id").GetString()).ToList();
}
