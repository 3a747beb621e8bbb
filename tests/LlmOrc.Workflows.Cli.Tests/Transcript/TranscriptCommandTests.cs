using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Transcript;

public sealed class TranscriptCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    public TranscriptCommandTests() => _line.WriteTalk();

    [Fact]
    public async Task All_that_was_said_is_there_in_order_and_in_full()
    {
        await TalkAsync();

        var ended = await _line.RunAsync("transcript", "talked");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("1. ada → dan  (question, main, ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("3. dan → ada  (prompt, main, ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("4. ada → dan  (reply, main, ", ended.Output, StringComparison.Ordinal);
        Assert.Contains(")\nFirst\nthing.\n\n", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_programs_it_is_json()
    {
        await TalkAsync();

        var messages = (await _line.RunAsync("transcript", "talked", "--json", "--conversation", "main")).Json.GetProperty("messages");

        Assert.Equal(["question", "answer", "prompt", "reply", "question"], messages.EnumerateArray().Select(m => m.GetProperty("kind").GetString()!));
    }

    [Fact]
    public async Task An_unknown_conversation_is_answered_with_those_there_are()
    {
        await TalkAsync();

        var ended = await _line.RunAsync("transcript", "talked", "--conversation", "other");

        Assert.Equal(ExitCode.NotFound, ended.ExitCode);
        Assert.Contains("Conversations: main.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_a_word_says_so()
    {
        _line.WriteGreeting();
        await _line.RunAsync("run", "greeting", "--sample", "--id", "silent");

        Assert.Contains("Nothing was said", (await _line.RunAsync("transcript", "silent")).Error, StringComparison.Ordinal);
        Assert.Empty((await _line.RunAsync("transcript", "silent", "--json")).Json.GetProperty("messages").EnumerateArray());
    }

    public void Dispose() => _line.Dispose();

    private async Task TalkAsync()
    {
        await _line.RunAsync("run", "talk", "--id", "talked");
        Assert.Equal(ExitCode.Waiting, (await _line.RunAsync("answer", "talked", "First\nthing.")).ExitCode);
    }
}
