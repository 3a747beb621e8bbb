using System.Text.Json.Nodes;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Run;

/// <summary>A run that is certain to ask a model without a key is not begun.</summary>
public sealed class MissingKeyTests : IDisposable
{
    private const string Told = "the profile 'locked' takes its key from the environment variable NO_SUCH_KEY_ANYWHERE, which is not set: set it.";

    private readonly CommandLine _line = new();

    public MissingKeyTests() => _line.Write("llm-orc.json", """
        {
          "models": {
            "default": { "provider": "simulated" },
            "locked": { "provider": "claude", "model": "m", "endpoint": "http://127.0.0.1:9", "apiKeyVariable": "NO_SUCH_KEY_ANYWHERE", "maxAttempts": 1 },
            "chain": { "provider": "claude", "model": "m", "endpoint": "http://127.0.0.1:9", "apiKeyVariable": "NO_SUCH_KEY_ANYWHERE", "fallback": ["locked", "default"] },
            "locked-chain": { "provider": "claude", "model": "m", "endpoint": "http://127.0.0.1:9", "apiKeyVariable": "NO_SUCH_KEY_ANYWHERE", "fallback": ["locked"] }
          },
          "agents": {
            "ada": { "role": { "prompt": "You are Ada." } },
            "eve": { "role": { "prompt": "You are Eve." }, "model": "locked" },
            "dan": { "role": { "prompt": "You are Dan." }, "model": "chain" }
          }
        }
        """);

    public void Dispose() => _line.Dispose();

    [Fact]
    public async Task The_model_of_an_agent_that_is_named()
    {
        Write(Turn("eve"));

        await AssertRefusedAsync($"The agent 'eve' cannot speak. The model 'locked' cannot be called: {Told}", "run", "talk");
    }

    [Fact]
    public async Task The_model_that_a_turn_names()
    {
        Write(Turn("ada", "locked"));

        await AssertRefusedAsync("The agent 'ada' cannot speak. The model 'locked' cannot be called", "run", "talk");
    }

    [Theory]
    [InlineData("locked", "locked")]
    [InlineData("locked-chain", "locked-chain")]
    [InlineData("claude/m", "claude/m")]
    public async Task The_model_that_is_chosen_for_all(string model, string named)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ANTHROPIC_API_KEY") is not null, "There is a key.");
        // Wherever it would speak.
        Write(Doc.Activity("Elsa.If", "if", ("condition", Doc.Literal(false)), ("then", Turn("ada"))));

        await AssertRefusedAsync($"The model '{named}' cannot be called: ", "run", "talk", "--model", model);
    }

    [Fact]
    public async Task The_model_of_an_agent_that_an_input_names() =>
        await AssertRefusedAsync("The agent 'eve' cannot speak. The model 'locked' cannot be called", "ask", "eve", "Why?");

    [Fact]
    public async Task A_model_that_is_chosen_stands_for_one_without_a_key()
    {
        Write(Turn("eve"));

        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("run", "talk", "--model", "simulated")).ExitCode);
    }

    [Fact]
    public async Task A_way_that_need_not_be_taken_is_no_reason_to_refuse()
    {
        Write(Doc.Activity("Elsa.If", "if", ("condition", Doc.Literal(false)), ("then", Turn("eve")), ("else", Turn("ada"))));

        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("run", "talk")).ExitCode);
    }

    [Fact]
    public async Task A_fallback_does_not_stand_in_for_a_missing_key()
    {
        Write(Turn("dan"));

        await AssertRefusedAsync("The agent 'dan' cannot speak. The model 'chain' cannot be called", "run", "talk");
    }

    [Fact]
    public async Task A_workflow_without_agents_does_not_care_for_the_model()
    {
        Write(Doc.WriteLine("line"));

        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("run", "talk", "--model", "locked")).ExitCode);
    }

    private static JsonObject Turn(string agent, string model = "") => Doc.Activity(
        "LlmOrc.AgentTurn", $"turn-{agent}", ("agent", Doc.Literal(agent)), ("prompt", Doc.Literal("Why?")), ("model", Doc.Literal(model)));

    private void Write(JsonObject activity) => _line.Write("workflows/talk.json", Doc.Of(Doc.Sequence(activity), id: "talk").Span);

    private async Task AssertRefusedAsync(string told, params string[] args)
    {
        var ended = await _line.RunAsync(args);

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains(told, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("talk", (await _line.RunAsync("list", "--json")).Output, StringComparison.Ordinal);
    }
}
