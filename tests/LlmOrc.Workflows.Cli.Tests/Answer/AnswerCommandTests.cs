using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Answer;

public sealed class AnswerCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Theory]
    [InlineData("yes", "yes")]
    [InlineData("42", "42")]
    [InlineData("{\"answer\":1}", "{\"answer\":1}")]
    [InlineData("@@dan", "@dan")]
    [InlineData("-", "from a pipe")]
    public async Task The_only_question_is_answered_with_the_text_as_it_is(string text, string expected)
    {
        _line.WriteApproval();
        await _line.RunAsync("run", "approval", "--id", "one");
        _line.StandardInput = "from a pipe\n"u8.ToArray();

        var ended = await _line.RunAsync("answer", "one", text, "--json");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal(expected, ended.Json.GetProperty("output").GetProperty("answer").GetString());
    }

    [Theory]
    [InlineData("integer", "7", "7")]
    [InlineData("boolean", "yes", "true")]
    [InlineData("object", "{\"a\":[1]}", "{\"a\":[1]}")]
    [InlineData("string", "7", "\"7\"")]
    public async Task The_text_is_json_where_the_question_wants_another_type(string type, string text, string expected)
    {
        _line.WriteApproval(("schema", Doc.Literal(new JsonObject { ["type"] = type })));
        await _line.RunAsync("run", "approval", "--id", "typed");

        var ended = await _line.RunAsync("answer", "typed", text, "--json");

        Assert.Equal(expected, JsonSerializer.Serialize(ended.Json.GetProperty("output").GetProperty("answer")));
    }

    [Fact]
    public async Task An_answer_may_be_json_whatever_is_asked()
    {
        _line.WriteApproval();
        await _line.RunAsync("run", "approval", "--id", "json");

        Assert.Equal(ExitCode.BadInput, (await _line.RunAsync("answer", "json", "{", "--json-answer")).ExitCode);
        var ended = await _line.RunAsync("answer", "json", "{\"sure\":true}", "--json-answer", "--json");

        Assert.True(ended.Json.GetProperty("output").GetProperty("answer").GetProperty("sure").GetBoolean());
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_refused_before_it_is_sent()
    {
        _line.WriteApproval(("schema", Doc.Literal(new JsonObject { ["type"] = "integer" })));
        await _line.RunAsync("run", "approval", "--id", "misfit");

        var ended = await _line.RunAsync("answer", "misfit", "many");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains("The answer does not fit: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("a whole number", ended.Error, StringComparison.Ordinal);
        Assert.Single((await _line.RunAsync("show", "misfit", "--json")).Json.GetProperty("messages").EnumerateArray());
        Assert.Equal(ExitCode.BadInput, (await _line.RunAsync("answer", "misfit", "")).ExitCode);
    }

    [Fact]
    public async Task A_second_answer_is_refused()
    {
        _line.WriteApproval();
        await _line.RunAsync("run", "approval", "--id", "twice");
        var question = await QuestionAsync("twice");
        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("answer", "twice", "yes")).ExitCode);

        var second = await _line.RunAsync("answer", "twice", "no", "--question", question);
        Assert.Equal(ExitCode.Refused, second.ExitCode);
        Assert.Matches(@"Somebody answered .* before, at \d{4}-\d\d-\d\d .*; see llm-orc show twice\.\n", second.Error);

        var third = await _line.RunAsync("answer", "twice", "no");
        Assert.Equal(ExitCode.Refused, third.ExitCode);
        Assert.Matches(@"The run twice waits for no answer: what it asked last \(dan: Ship it\?\) was answered before, at \d{4}-\d\d-\d\d .*; see llm-orc show twice\.\n", third.Error);
        Assert.Equal(third.Error, (await _line.RunAsync("answer", "twice")).Error);
    }

    [Fact]
    public async Task Several_questions_are_listed_and_one_is_named()
    {
        _line.WriteTwoApprovals();
        await _line.RunAsync("run", "approvals", "--id", "both");
        var question = await QuestionAsync("both");

        var unnamed = await _line.RunAsync("answer", "both", "yes");
        Assert.Equal(ExitCode.BadInput, unnamed.ExitCode);
        Assert.Contains($"say which with --question:\n  {question}  dan: Is it safe?\n", unnamed.Error, StringComparison.Ordinal);
        Assert.Contains("eve: Is it nice?", unnamed.Error, StringComparison.Ordinal);

        var unknown = await _line.RunAsync("answer", "both", "yes", "--question", "nobody");
        Assert.Equal(ExitCode.NotFound, unknown.ExitCode);

        Assert.Equal(ExitCode.Waiting, (await _line.RunAsync("answer", "both", "yes", "--question", question)).ExitCode);
        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("answer", "both", "yes")).ExitCode);
    }

    [Fact]
    public async Task Without_an_answer_the_questions_are_listed()
    {
        _line.WriteApproval();
        await _line.RunAsync("run", "approval", "--id", "none");

        var ended = await _line.RunAsync("answer", "none");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains("dan: Ship it?", ended.Error, StringComparison.Ordinal);
        Assert.Contains("llm-orc answer none TEXT", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_at_the_terminal_is_asked_for_it()
    {
        _line.WriteApproval();
        await _line.RunAsync("run", "approval", "--id", "asked");
        _line.Type("at last");

        var ended = await _line.RunAsync("answer", "asked");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("at last", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_must_be_such_a_run() => Assert.Equal(ExitCode.NotFound, (await _line.RunAsync("answer", "nobody", "yes")).ExitCode);

    public void Dispose() => _line.Dispose();

    private async Task<string> QuestionAsync(string id) =>
        (await _line.RunAsync("show", id, "--json")).Json.GetProperty("bookmarks")[0].GetProperty("id").GetString()!;
}
