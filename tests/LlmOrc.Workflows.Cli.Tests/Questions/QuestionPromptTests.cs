using System.Text.Json.Nodes;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Questions;

/// <summary>A person at a terminal is asked what a run waits for.</summary>
public sealed class QuestionPromptTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task What_she_types_is_the_answer_and_the_run_goes_on()
    {
        _line.WriteApproval();
        _line.Type("yes, do");

        var ended = await _line.RunAsync("run", "approval");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("orchestrator asks dan\nShip it?\n", Lines(ended), StringComparison.Ordinal);
        Assert.Contains("dan> ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("yes, do", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_line_leaves_the_question_and_says_how_to_answer_it_later()
    {
        _line.WriteApproval();
        _line.Type("");

        var ended = await _line.RunAsync("run", "approval", "--id", "later");

        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Contains("Waits for dan: Ship it? Answer with: llm-orc answer later TEXT\n", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_asked_for_again_and_sends_nothing()
    {
        _line.WriteApproval(("schema", Doc.Literal(new JsonObject { ["type"] = "integer" })));
        _line.Type("many", "3");

        var ended = await _line.RunAsync("run", "approval", "--id", "count");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("An answer a whole number.", Lines(ended), StringComparison.Ordinal);
        Assert.Contains("That does not fit: ", Lines(ended), StringComparison.Ordinal);
        var shown = await _line.RunAsync("show", "count", "--json");
        Assert.Equal(3, shown.Json.GetProperty("output").GetProperty("answer").GetInt32());
        Assert.Equal(["question", "answer"], shown.Json.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("kind").GetString()!));
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("N", false)]
    [InlineData("true", true)]
    public async Task Yes_and_no_are_words_for_true_and_false(string typed, bool expected)
    {
        _line.WriteApproval(("schema", Doc.Literal(new JsonObject { ["type"] = "boolean" })));
        _line.Type(typed);

        await _line.RunAsync("run", "approval", "--id", "which");

        Assert.Equal(expected, (await _line.RunAsync("show", "which", "--json")).Json.GetProperty("output").GetProperty("answer").GetBoolean());
    }

    [Fact]
    public async Task Each_of_several_questions_is_asked_and_one_that_is_left_waits()
    {
        _line.WriteTwoApprovals();
        _line.Type("", "very");

        var ended = await _line.RunAsync("run", "approvals", "--id", "both");
        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Contains("eve> ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Waits for dan: Is it safe? Answer with: llm-orc answer both TEXT\n", ended.Error, StringComparison.Ordinal);

        _line.Type("quite");
        var resumed = await _line.RunAsync("resume", "both");
        Assert.Equal(ExitCode.Finished, resumed.ExitCode);
        Assert.Contains("quite very", resumed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_nobody_is_asked()
    {
        _line.WriteApproval();
        _line.Type("yes");

        var ended = await _line.RunAsync("run", "approval", "--json");

        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Equal("dan", ended.Json.GetProperty("bookmarks")[0].GetProperty("payload").GetProperty("assignee").GetString());
    }

    [Fact]
    public async Task A_deadline_that_passes_at_the_prompt_brings_the_default()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        using var line = new CommandLine { Time = time };
        line.WriteApproval(("deadline", Doc.Literal("P2D")), ("defaultAnswer", Doc.Literal("carry on")));
        using var isOver = new ManualResetEventSlim();
        line.Type(() =>
        {
            isOver.Wait(TestContext.Current.CancellationToken);
            return "too late";
        });

        var running = line.RunAsync("run", "approval");
        await time.PassUntilAsync(running, TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
        isOver.Set();

        var ended = await running;
        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("then the answer is: carry on", Lines(ended), StringComparison.Ordinal);
        Assert.Contains("The run goes on without this answer.", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Answer  carry on", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_from_elsewhere_ends_the_wait_at_the_prompt()
    {
        _line.WriteApproval();
        using var isOver = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _line.Type(() =>
        {
            asked.SetResult();
            isOver.Wait(TestContext.Current.CancellationToken);
            return null;
        });

        var running = _line.RunAsync("run", "approval", "--id", "shared");
        await asked.Task;
        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("answer", "shared", "from elsewhere")).ExitCode);
        var ended = await running;
        isOver.Set();

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("from elsewhere", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_cannot_control_the_terminal()
    {
        _line.WriteApproval(("sender", Doc.Literal("\x1b[2Jmallory\u202e")), ("defaultAnswer", Doc.Literal("\x1b]0;x\a")), ("deadline", Doc.Literal("P1D")));
        _line.Type("fine");

        var ended = await _line.RunAsync("run", "approval");

        Assert.DoesNotContain(ended.Output + ended.Error, c => (char.IsControl(c) && c != '\n') || c == '\u202e');
    }

    public void Dispose() => _line.Dispose();

    // Styled output pads its lines.
    private static string Lines(Ended ended) => string.Join('\n', ended.Output.Split('\n').Select(l => l.TrimEnd()));
}
