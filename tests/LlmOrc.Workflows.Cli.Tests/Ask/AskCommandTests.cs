using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.Ask;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Spectre.Console;
using Xunit;

namespace LlmOrc.Workflows.Tests.Ask;

public sealed class AskCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    public AskCommandTests() => _line.WriteSettings();

    [Fact]
    public async Task The_reply_is_all_there_is_on_standard_output()
    {
        var ended = await _line.RunAsync("ask", "ada", "What is a monad?");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.StartsWith("[simulated]", ended.Output, StringComparison.Ordinal);
        Assert.Contains("What is a monad?", ended.Output, StringComparison.Ordinal);
        Assert.Empty(ended.Error);
    }

    [Fact]
    public async Task On_a_terminal_it_is_there_once_word_by_word()
    {
        _line.Width = 80;

        var ended = await _line.RunAsync("ask", "ada", "What is a monad?");

        Assert.Equal(ended.Output.IndexOf("[simulated]", StringComparison.Ordinal), ended.Output.LastIndexOf("[simulated]", StringComparison.Ordinal));
        Assert.Contains("1 call", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_piece_of_a_reply_that_is_half_a_character_is_told_as_the_providers_fault()
    {
        // As servers write it that cut their replies by units of UTF-16 and escape what is not ASCII.
        static string Piece(string content) => $$$"""{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"{{{content}}}"},"done":false}""";
        await using var ollama = await FakeOllama.StartAsync(async exchange =>
        {
            await exchange.LineAsync(Piece(@"a \ud83d"));
            await exchange.LineAsync(Piece(@"\ude00 b"));
            await exchange.DoneAsync();
        });
        _line.WriteSettings(ollama.Address.ToString());

        var ended = await _line.RunAsync("ask", "ada", "Hello?", "--model", "local");

        Assert.Equal(ExitCode.Faulted, ended.ExitCode);
        Assert.Contains("Ollama at", ended.Error, StringComparison.Ordinal);
        Assert.Contains("the reply is not what it should be", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of llm-orc itself", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Halves_of_a_character_are_put_together_where_a_reply_is_shown_word_by_word()
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null, () => Stream.Null, () => AnsiConsole.Console, () => AnsiConsole.Console) { StylesResult = true };
        await using (var progress = new ReplyProgress(terminal))
        {
            foreach (var (offset, text) in new[] { (0, "a \ud83d"), (3, "\ude00"), (4, " b\ud83d"), (7, "c") })
                progress.Changed(new InstanceEvent.Token(1, 1, offset, text));
        }

        Assert.Equal("a \ud83d\ude00 b\ufffdc", output.ToString().TrimEnd());
    }

    [Fact]
    public async Task It_is_a_run_like_any_other()
    {
        _line.StandardInput = "From a pipe?"u8.ToArray();

        var ended = await _line.RunAsync("ask", "ada", "-", "--json");

        Assert.Contains("From a pipe?", ended.Json.GetProperty("output").GetProperty("reply").GetString(), StringComparison.Ordinal);
        var shown = await _line.RunAsync("show", ended.Id, "--json");
        Assert.Equal("ask", shown.Json.GetProperty("workflow").GetString());
        Assert.Equal("ada", shown.Json.GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_turn_that_failed_is_resumed_when_its_model_is_back()
    {
        await using var ollama = await FakeOllama.StartAsync(exchange => exchange.FailAsync(400, "not today"));
        _line.WriteSettings(ollama.Address.ToString());

        var failed = await _line.RunAsync("ask", "ada", "Hello?", "--model", "local");
        Assert.Equal(ExitCode.Faulted, failed.ExitCode);
        Assert.Empty(failed.Output);
        Assert.Contains("not today", failed.Error, StringComparison.Ordinal);

        ollama.Script = exchange => exchange.SayAsync("Hello.");
        var id = (await _line.RunAsync("list", "--json")).Json[0].GetProperty("id").GetString()!;
        var ended = await _line.RunAsync("resume", id);
        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("Reply: Hello.", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "ask", "adda", "x" }, "There is no agent 'adda'")]
    [InlineData(new[] { "ask", "ada", "" }, "the text is empty")]
    [InlineData(new[] { "ask", "ada", "x", "--model", "nope" }, "There is no model profile 'nope'")]
    [InlineData(new[] { "ask", "ada" }, "Required argument 'TEXT' missing")]
    public async Task A_mistake_starts_nothing(string[] args, string expected)
    {
        var ended = await _line.RunAsync(args);

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
        Assert.Contains("no such runs", (await _line.RunAsync("list")).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _line.Dispose();
}
