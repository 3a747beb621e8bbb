using System.Text.Json;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Resume;

public sealed class ResumeCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Theory]
    [InlineData("yes", "\"yes\"")]
    [InlineData("{\"approved\":true}", "{\"approved\":true}")]
    [InlineData("@@user", "\"@user\"")]
    [InlineData("-", "\"from a pipe\"")]
    public async Task The_only_open_question_is_answered_without_naming_it(string answer, string expected)
    {
        var id = await AskAsync();
        _line.StandardInput = "from a pipe"u8.ToArray();

        var ended = await _line.RunAsync("resume", id, "--answer", answer, "--json");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal(JsonSerializer.Serialize(JsonElement.Parse(expected)), JsonSerializer.Serialize(ended.Json.GetProperty("output").GetProperty("answer")));
    }

    [Fact]
    public async Task An_answer_may_be_a_file()
    {
        var id = await AskAsync();
        var path = _line.Write("answer.txt", "a long answer");

        var ended = await _line.RunAsync("resume", id, "--answer", $"@{path}", "--json");

        Assert.Equal("a long answer", ended.Json.GetProperty("output").GetProperty("answer").GetString());
    }

    [Fact]
    public async Task A_second_answer_is_refused()
    {
        var id = await AskAsync();
        var bookmark = await BookmarkAsync(id);
        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("resume", id, "--bookmark", bookmark, "--answer", "yes")).ExitCode);

        var second = await _line.RunAsync("resume", id, "--bookmark", bookmark, "--answer", "no");

        Assert.Equal(ExitCode.Refused, second.ExitCode);
        Assert.Contains("Somebody answered", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_a_run_that_is_over_is_refused()
    {
        var id = await AskAsync();
        var bookmark = await BookmarkAsync(id);
        await _line.RunAsync("cancel", id);

        var ended = await _line.RunAsync("resume", id, "--bookmark", bookmark, "--answer", "yes");

        Assert.Equal(ExitCode.Refused, ended.ExitCode);
        Assert.Contains("is over", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_a_question_that_never_was_is_not_found()
    {
        var id = await AskAsync();

        var ended = await _line.RunAsync("resume", id, "--bookmark", "nobody", "--answer", "yes");

        Assert.Equal(ExitCode.NotFound, ended.ExitCode);
    }

    [Fact]
    public async Task Of_several_questions_one_must_be_named()
    {
        _line.WriteTwoQuestions();
        var id = (await _line.RunAsync("run", "two", "--json")).Id;

        var unnamed = await _line.RunAsync("resume", id, "--answer", "yes");
        Assert.Equal(ExitCode.BadInput, unnamed.ExitCode);
        Assert.Contains("say which with --bookmark", unnamed.Error, StringComparison.Ordinal);

        var first = await _line.RunAsync("resume", id, "--bookmark", await BookmarkAsync(id), "--answer", "yes");
        Assert.Equal(ExitCode.Waiting, first.ExitCode);
        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("resume", id, "--answer", "yes")).ExitCode);
    }

    [Fact]
    public async Task An_answer_without_a_question_is_refused()
    {
        _line.WriteGreeting();
        var id = (await _line.RunAsync("run", "greeting", "--sample", "--json")).Id;

        Assert.Equal(ExitCode.Refused, (await _line.RunAsync("resume", id, "--answer", "yes")).ExitCode);
        Assert.Equal(ExitCode.BadInput, (await _line.RunAsync("resume", id, "--bookmark", "x")).ExitCode);
    }

    [Fact]
    public async Task A_faulted_run_goes_on_when_its_cause_is_mended()
    {
        _line.WriteEffect();
        _line.World.On("work", (_, _) => throw new InvalidOperationException("Not yet."));
        var faulted = await _line.RunAsync("run", "effect", "--json");
        Assert.Equal(ExitCode.Faulted, faulted.ExitCode);

        _line.World.On("work", (_, _) => Task.FromResult("done"));
        var ended = await _line.RunAsync("resume", faulted.Id[..30], "--json");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal(faulted.Id, ended.Id);
        Assert.Equal(2, _line.World.CountOf("work"));
        Assert.DoesNotContain("effect started", ended.Error, StringComparison.Ordinal);
        Assert.Contains("attempt 2", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_run_shows_its_result_again()
    {
        _line.WriteGreeting();
        var first = await _line.RunAsync("run", "greeting", "--sample", "--json");

        var again = await _line.RunAsync("resume", first.Id, "--json");

        Assert.Equal(ExitCode.Finished, again.ExitCode);
        Assert.Equal(first.Output, again.Output);
    }

    [Fact]
    public async Task A_waiting_run_says_what_it_waits_for()
    {
        var id = await AskAsync();

        var ended = await _line.RunAsync("resume", id);

        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Contains("Waits for an answer to 'Question'", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_or_ambiguous_beginning_is_told()
    {
        _line.WriteGreeting();
        await _line.RunAsync("run", "greeting", "--sample", "--id", "same-1");
        await _line.RunAsync("run", "greeting", "--sample", "--id", "same-2");

        var unknown = await _line.RunAsync("resume", "other");
        Assert.Equal(ExitCode.NotFound, unknown.ExitCode);

        var ambiguous = await _line.RunAsync("resume", "same");
        Assert.Equal(ExitCode.BadInput, ambiguous.ExitCode);
        Assert.Contains("same-1", ambiguous.Error, StringComparison.Ordinal);
        Assert.Contains("same-2", ambiguous.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _line.Dispose();

    private async Task<string> AskAsync()
    {
        _line.WriteQuestion();
        return (await _line.RunAsync("run", "question", "--json")).Id;
    }

    private async Task<string> BookmarkAsync(string id) =>
        (await _line.RunAsync("show", id, "--json")).Json.GetProperty("bookmarks")[0].GetProperty("id").GetString()!;
}
