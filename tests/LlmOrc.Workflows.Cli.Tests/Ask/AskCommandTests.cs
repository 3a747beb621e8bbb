using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
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
