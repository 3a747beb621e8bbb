using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.Data.Sqlite;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>Models from code, over the wire of their providers.</summary>
public sealed class AgentModelTests : IAsyncDisposable
{
    private const string Key = "sk-given-in-code-0123456789";

    private readonly Door _door = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Theory]
    [InlineData("claude")]
    [InlineData("gemini")]
    [InlineData("openai")]
    [InlineData("ollama")]
    public async Task A_model_is_called_where_and_as_the_code_says_and_its_key_is_kept_nowhere(string provider)
    {
        await using FakeProvider fake = provider switch
        {
            "claude" => await FakeClaude.StartAsync(),
            "gemini" => await FakeOpenAi.StartAsync(isGemini: true),
            "openai" => await FakeOpenAi.StartAsync(),
            _ => await FakeOllama.StartAsync(),
        };
        var endpoint = fake.Endpoint.ToString();
        AgentModel model = provider switch
        {
            "claude" => new ClaudeModel("m1", Key, endpoint) { MaxOutputTokens = 77 },
            "gemini" => new GeminiModel("m1", Key, endpoint) { MaxOutputTokens = 77 },
            "openai" => new OpenAIModel("m1", Key, endpoint) { MaxOutputTokens = 77 },
            _ => new OllamaModel("m1", endpoint) { MaxOutputTokens = 77 },
        };
        fake.RequiredKey = provider == "ollama" ? null : Key;
        var agent = _door.Host.Add(new("assistant", new RoleDefinition("assistant", "You answer."), model));

        var reply = await agent.RespondAsync("Why?", Stop);

        var call = Assert.Single(fake.Calls);
        Assert.NotEmpty(reply);
        Assert.Equal("m1", call.Model);
        Assert.Equal(77, (provider == "ollama" ? call.Body.GetProperty("options").GetProperty("num_predict") : call.Body.GetProperty("max_tokens")).GetInt32());
        Assert.DoesNotContain(Key, $"{model} {JsonSerializer.Serialize<object>(model)} {agent.Model.Reference}");
        await _door.CloseAsync();
        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_door.DatabasePath)!))
            Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Key)) >= 0, $"The key is in {file}.");
    }

    [Fact]
    public async Task A_provider_that_does_not_take_the_key_says_where_it_came_from_and_not_what_it_is()
    {
        await using var fake = await FakeClaude.StartAsync();
        fake.RequiredKey = "another";
        var agent = _door.Host.Add(new("assistant", new RoleDefinition("assistant", "You answer."), new ClaudeModel("m1", Key, fake.Endpoint.ToString())));

        var failed = await Assert.ThrowsAsync<RunFailedException>(() => agent.RespondAsync("Why?", Stop));

        Assert.Contains("does not take the key from the code", failed.Message);
        Assert.DoesNotContain(Key, failed.ToString());
    }

    [Fact]
    public async Task A_profile_of_the_file_is_named_and_an_unknown_one_lists_those_there_are()
    {
        var known = _door.Host.Add(new("known", new RoleDefinition("known", "You answer."), new ProfileModel("default")));
        var unknown = _door.Host.Add(new("unknown", new RoleDefinition("unknown", "You answer."), new ProfileModel("locl")));

        Assert.Equal("re Why?", await known.RespondAsync("Why?", Stop));
        Assert.Contains("There is no model profile 'locl'", (await Assert.ThrowsAsync<RunFailedException>(() => unknown.RespondAsync("Why?", Stop))).Message);
    }

    [Fact]
    public void What_cannot_be_is_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => new ClaudeModel("m", "two\nlines"));
        Assert.Throws<ArgumentException>(() => new OllamaModel(""));
        Assert.StartsWith("'localhost:11434' is no address", Assert.Throws<ArgumentException>(() => new OllamaModel("llama3", "localhost:11434")).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedModel { Temperature = 3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedModel { MaxOutputTokens = 0 });
    }
}
