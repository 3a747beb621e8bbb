using System.Text.Json;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Doctor;

public sealed class DoctorCommandTests : IDisposable
{
    private const string Key = "sk-very-secret-0123456789";

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
        await using var claude = await FakeClaude.StartAsync();
        claude.RequiredKey = Key;
        var key = _line.Write("key.txt", Key);
        _line.Write("llm-orc.json", $$"""
            {
              "models": {
                "with": { "provider": "claude", "model": "m", "endpoint": "{{claude.Endpoint}}", "apiKeyFile": "{{key}}" },
                "without": { "provider": "claude", "model": "m", "apiKeyFile": "/no/such/key" },
                "elsewhere": { "provider": "gemini", "model": "m", "endpoint": "{{claude.Endpoint}}" }
              }
            }
            """);

        var ended = await _line.RunAsync("doctor", "--json");

        Assert.Contains("the key is set", Check(ended, "model with").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("apiKeyVariable", Check(ended, "model elsewhere").GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Equal("warning", Check(ended, "model without").GetProperty("state").GetString());
        Assert.Contains("/no/such/key", Check(ended, "model without").GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, ended.Output + ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude")]
    [InlineData("openai")]
    [InlineData("gemini")]
    public async Task A_provider_in_the_network_is_asked_for_its_models_at_no_cost(string name)
    {
        await using var provider = await StartAsync(name);
        (provider.RequiredKey, provider.Models) = (Key, ["small", "large"]);
        WriteProfiles(name, provider.Endpoint, Key);

        var ended = await _line.RunAsync("doctor", "--json");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Equal("ok", Check(ended, "model good").GetProperty("state").GetString());
        Assert.EndsWith("answers with 2 models and has large, the key is set", Check(ended, "model good").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("problem", Check(ended, "model bad").GetProperty("state").GetString());
        Assert.Contains(name == "gemini" ? "has no huge. It has models/large, models/small" : "has no huge. It has large, small", Check(ended, "model bad").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("has no model 'huge'", Check(ended, "model bad").GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Empty(provider.Calls);
        Assert.All(provider.Questions, q => Assert.Contains("/models", q, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_Claude_knows_without_listing_it_is_no_missing_model()
    {
        await using var claude = await FakeClaude.StartAsync();
        (claude.Models, claude.Aliases) = (["large-20260131"], ["large", "huge"]);
        WriteProfiles("claude", claude.Endpoint, Key);

        var ended = await _line.RunAsync("doctor");

        Assert.Contains("answers with 1 model and has large, the key is set", ended.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Finished, ended.ExitCode);
    }

    [Theory]
    [InlineData("claude")]
    [InlineData("openai")]
    [InlineData("gemini")]
    public async Task A_key_that_is_refused_is_told_from_a_server_that_is_not_there(string name)
    {
        await using var provider = await StartAsync(name);
        provider.RequiredKey = "another";
        WriteProfiles(name, provider.Endpoint, Key);

        var refused = Check(await _line.RunAsync("doctor", "--json"), "model good");
        await provider.DisposeAsync();
        var silent = Check(await _line.RunAsync("doctor", "--json"), "model good");

        Assert.Contains("does not take the key: 401 Unauthorized: invalid key", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("key.txt", refused.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Contains("does not answer: ", silent.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(("problem", "problem"), (refused.GetProperty("state").GetString(), silent.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_server_without_a_list_of_models_is_well_all_the_same()
    {
        await using var server = await FakeOpenAi.StartAsync();
        server.ListsModels = false;
        WriteProfiles("openai", server.Endpoint, Key);

        var ended = await _line.RunAsync("doctor", "--json");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Contains("does not say which models it has", Check(ended, "model good").GetProperty("detail").GetString(), StringComparison.Ordinal);
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

    private static async Task<FakeProvider> StartAsync(string name) => name == "claude" ? await FakeClaude.StartAsync() : await FakeOpenAi.StartAsync(isGemini: name == "gemini");

    /// <summary>Two profiles of a provider, each with an agent: a model <c>large</c>, and a model <c>huge</c>.</summary>
    private void WriteProfiles(string provider, Uri endpoint, string key)
    {
        var file = _line.Write("key.txt", key);
        _line.Write("llm-orc.json", $$"""
            {
              "models": {
                "good": { "provider": "{{provider}}", "model": "large" },
                "bad": { "provider": "{{provider}}", "model": "huge" }
              },
              "providers": { "{{provider}}": { "endpoint": "{{endpoint}}", "apiKeyFile": "{{file}}" } },
              "agents": { "ada": { "role": { "prompt": "You are Ada." }, "model": "good" }, "bob": { "role": { "prompt": "You are Bob." }, "model": "bad" } }
            }
            """);
    }

    private static JsonElement Check(Ended ended, string name) => ended.Json.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
}
