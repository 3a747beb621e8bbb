using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Questions;

/// <summary>A run asks a person; the program that asked is gone when she answers.</summary>
public sealed class AnswerLaterTests : IAsyncDisposable
{
    private const string Id = "asked";
    private const string Pty = "/usr/bin/script";

    private readonly StoryFolder _folder = new();

    public AnswerLaterTests() => _folder.Write("workflows/approval.json", Doc.Of(
        Doc.Sequence(
            Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("Ship it?"))),
            Doc.SetOutput("out", "answer", Doc.JavaScript("getOutputFrom('ask', 'Reply')"))),
        outputs: [Doc.Argument("answer", "String")],
        id: "approval").Span);

    public async ValueTask DisposeAsync() => await _folder.DisposeAsync();

    [Fact]
    public async Task A_question_is_parked_and_answered_by_another_process()
    {
        var asked = await _folder.RunAsync("run", "approval", "--id", Id);
        Assert.Equal(3, asked.ExitCode);
        Assert.Contains($"Waits for dan: Ship it? Answer with: llm-orc answer {Id} TEXT", asked.Error);

        var answered = await _folder.RunAsync("answer", Id, "Yes, today.");

        Assert.Equal(0, answered.ExitCode);
        Assert.Contains("Answer: Yes, today.", answered.Output);
        Assert.Equal(["question", "answer"], _folder.Run(Id).Messages.Select(m => m.Kind));
    }

    [Fact]
    public async Task Of_two_answers_at_once_one_counts_and_the_other_is_refused()
    {
        await _folder.RunAsync("run", "approval", "--id", Id);

        var (one, other) = (_folder.Start("answer", Id, "one"), _folder.Start("answer", Id, "other"));
        var ended = (One: await one.EndAsync(), Other: await other.EndAsync());

        Assert.Equal([0, 7], new[] { ended.One.ExitCode, ended.Other.ExitCode }.Order());
        var winner = ended.One.ExitCode == 0 ? "one" : "other";
        Assert.Equal(winner, Assert.Single(_folder.Run(Id).Messages, m => m.Kind == "answer").Content);
    }

    [Fact]
    public async Task Of_two_answers_at_once_to_a_teacher_one_is_taught_and_paid_once()
    {
        await _folder.RunAsync("run", "teacher-student", "--id", Id, "--input", "topic=Rain", "--model", "simulated");

        var (one, other) = (_folder.Start("answer", Id, "Why does it rain?"), _folder.Start("answer", Id, "What is snow?"));
        var ended = (One: await one.EndAsync(), Other: await other.EndAsync());

        // The one whose answer counts sees the lesson through to the next question, whoever of the two had begun it.
        Assert.Equal([3, 7], new[] { ended.One.ExitCode, ended.Other.ExitCode }.Order());
        var run = _folder.Run(Id);
        Assert.Single(run.Calls);
        Assert.Single(run.Messages, m => m.Kind == "reply");
    }

    [Fact]
    public async Task On_a_terminal_the_line_that_is_typed_is_the_answer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Pty), "A terminal without a person takes util-linux.");
        var terminal = Terminal("run approval");
        await terminal.OutputLineAsync("dan> ");

        await terminal.TypeAsync("Yes, do.\n");

        Assert.Equal(0, (await terminal.EndAsync()).ExitCode);
        Assert.Equal("Yes, do.", Assert.Single(_folder.Run(Id).Messages, m => m.Kind == "answer").Content);
    }

    [Fact]
    public async Task On_a_terminal_control_c_leaves_the_question_for_later()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Pty), "A terminal without a person takes util-linux.");
        var terminal = Terminal("run approval");
        await terminal.OutputLineAsync("dan> ");

        await terminal.TypeAsync("\x03");

        var left = await terminal.EndAsync();
        Assert.Equal(3, left.ExitCode);
        Assert.Contains($"llm-orc answer {Id} TEXT", left.Output);
        Assert.Equal(0, (await _folder.RunAsync("answer", Id, "now")).ExitCode);
    }

    private ChildProcess Terminal(string command) => _folder.Keep(ChildProcess.Start(
        Pty, ["-qec", $"exec '{BuiltProgram.LlmOrc}' {command} --id {Id} --data '{_folder.DataFolder}'", "/dev/null"], _folder.Work, ("TERM", "xterm-256color"), ("COLUMNS", "120"), ("LINES", "40")));
}
