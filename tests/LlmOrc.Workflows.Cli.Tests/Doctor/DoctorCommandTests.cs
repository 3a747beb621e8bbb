using System.Text.Json;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Doctor;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task All_is_well_where_what_agents_need_is_there()
    {
        _line.WriteTalk();

        var ended = await _line.RunAsync("doctor");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("2 agents, 2 model profiles", ended.Output, StringComparison.Ordinal);
        Assert.Contains("1 workflow\n", ended.Output, StringComparison.Ordinal);
        Assert.Contains("the first run makes it", ended.Output, StringComparison.Ordinal);
        Assert.Contains("! model local", ended.Output, StringComparison.Ordinal);
        Assert.Contains("All well.", ended.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_line.Data));
    }

    [Fact]
    public async Task The_store_is_opened_where_there_is_one()
    {
        _line.WriteTalk();
        await _line.RunAsync("run", "talk");

        Assert.Contains("llm-orc.db: ", (await _line.RunAsync("doctor")).Output, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(_line.Data, "llm-orc.db"), "This is no database, and no database is this; it is long enough to be one.");
        Assert.Equal(ExitCode.StoreUnavailable, (await _line.RunAsync("doctor")).ExitCode);
    }

    [Fact]
    public async Task A_provider_that_an_agent_needs_must_answer()
    {
        _line.WriteSettings(agentModel: "local");

        var ended = await _line.RunAsync("doctor", "--json");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Equal("problem", Check(ended, "model local").GetProperty("state").GetString());
        Assert.Contains("ollama serve", Check(ended, "model local").GetProperty("advice").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_is_asked_for_its_models()
    {
        await using var ollama = await FakeOllama.StartAsync();
        _line.WriteSettings(ollama.Address.ToString(), agentModel: "local");

        ollama.Models = ["mistral"];
        var missing = Check(await _line.RunAsync("doctor", "--json"), "model local");
        Assert.Contains("has no llama3. It has mistral:latest", missing.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("ollama pull llama3", missing.GetProperty("advice").GetString(), StringComparison.Ordinal);

        ollama.Models = ["llama3"];
        Assert.Equal("ok", Check(await _line.RunAsync("doctor", "--json"), "model local").GetProperty("state").GetString());
        Assert.Empty(ollama.Calls);
    }

    [Fact]
    public async Task A_key_is_told_to_be_there_or_missing_and_never_shown()
    {
        var key = _line.Write("key.txt", "sk-very-secret");
        _line.Write("llm-orc.json", $$"""
            {
              "models": {
                "with": { "provider": "claude", "model": "m", "apiKeyFile": "{{key}}" },
                "without": { "provider": "claude", "model": "m", "apiKeyFile": "/no/such/key" }
              }
            }
            """);

        var ended = await _line.RunAsync("doctor", "--json");

        Assert.Contains("the key is set", Check(ended, "model with").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("warning", Check(ended, "model without").GetProperty("state").GetString());
        Assert.Contains("/no/such/key", Check(ended, "model without").GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sk-very-secret", ended.Output + ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_with_errors_is_named()
    {
        _line.WriteSettings();
        _line.Write("workflows/broken.json", "{");

        var ended = await _line.RunAsync("doctor");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains("See: llm-orc validate broken", ended.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _line.Dispose();

    private static JsonElement Check(Ended ended, string name) => ended.Json.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
}
