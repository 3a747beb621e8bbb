using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

public sealed class ChatCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    public ChatCommandTests() => _line.WriteTalk();

    [Fact]
    public async Task A_person_talks_until_the_run_ends()
    {
        _line.Type("First thing.", "bye");

        var ended = await _line.RunAsync("chat", "talk", "--id", "talked");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal(2, CountOf("dan> ", ended.Output));
        Assert.Equal(2, CountOf("ada → dan\n", Lines(ended)));
        Assert.Contains("You said: \"First thing.\"", ended.Output, StringComparison.Ordinal);
        // Neither the questions nor the answers stand there a second time.
        Assert.Equal(2, CountOf("And then?", ended.Output));
        Assert.Equal(0, CountOf("dan → all", ended.Output));
        Assert.Contains("llm-orc transcript talked", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_leaves_goes_on_later_and_sees_what_was_said()
    {
        _line.Type("First thing.", "");
        var left = await _line.RunAsync("chat", "talk", "--id", "talked");
        Assert.Equal(ExitCode.Waiting, left.ExitCode);
        Assert.Contains("Go on talking with: llm-orc chat --resume talked", left.Error, StringComparison.Ordinal);

        _line.Type("bye");
        var ended = await _line.RunAsync("chat", "--resume", "talked");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("ada → dan\nAnd then?\n\ndan → all\nFirst thing.\n", Lines(ended), StringComparison.Ordinal);
        Assert.Contains("You said: \"First thing.\"", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_person_it_shows_the_question_and_parks()
    {
        var ended = await _line.RunAsync("chat", "talk", "--id", "talked");

        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Equal("ada → dan\nAnd then?\n\n", ended.Output);
        Assert.Contains("llm-orc answer talked TEXT", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("chat", "talk", "--resume", "talked")]
    [InlineData("chat", "--resume", "talked", "--model", "simulated")]
    public async Task It_is_either_a_workflow_or_a_run(params string[] args) => Assert.Equal(ExitCode.BadInput, (await _line.RunAsync(args)).ExitCode);

    [Fact]
    public async Task There_must_be_such_a_run() => Assert.Equal(ExitCode.NotFound, (await _line.RunAsync("chat", "--resume", "nobody")).ExitCode);

    public void Dispose() => _line.Dispose();

    private static int CountOf(string text, string all) => all.Split(text).Length - 1;

    private static string Lines(Ended ended) => string.Join('\n', ended.Output.Split('\n').Select(l => l.TrimEnd()));
}
