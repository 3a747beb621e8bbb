using System.Text;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using Xunit;

namespace LlmOrc.Workflows.Tests.Settings;

public sealed class AgentSettingsReaderTests
{
    private static readonly IModelProvider[] Providers =
    [
        new SimulatedProvider(TimeProvider.System), new OllamaProvider(TimeProvider.System),
        new ClaudeProvider(ApiKeys.OfProcess, TimeProvider.System), new OpenAiProvider(ApiKeys.OfProcess, TimeProvider.System),
    ];

    [Fact]
    public void A_file_with_comments_and_trailing_commas_is_read()
    {
        var settings = Read("""
            {
              // who plays
              "models": {
                "default": { "provider": "simulated", "tokenDelayMs": 5 },
                "local": {
                  "provider": "ollama", "model": "llama3", "endpoint": "http://localhost:4711", "temperature": 0.2,
                  "maxOutputTokens": 900, "timeoutSeconds": 30, "firstTokenTimeoutSeconds": 20, "maxAttempts": 2, "concurrency": 2,
                  "pricePerMillionPromptTokens": 0.5, "pricePerMillionCompletionTokens": 1.5,
                },
              },
              "providers": { "ollama": { "concurrency": 7 } },
              "agents": {
                "security_expert": { "role": { "prompt": "You look for attacks.", "context": { "specialties": ["injection", "secrets"] } }, "model": "local" },
              },
            }
            """);

        var agent = settings.FindAgent("security_expert");
        Assert.Equal("security_expert", agent.Role.Name);
        Assert.Equal(["injection", "secrets"], agent.Role.List("specialties"));
        var local = settings.FindModel(agent.Model);
        Assert.Equal(
            new()
            {
                Name = "local", Provider = "ollama", Model = "llama3", Endpoint = new("http://localhost:4711"), Temperature = 0.2, MaxOutputTokens = 900,
                Timeout = TimeSpan.FromSeconds(30), FirstTokenTimeout = TimeSpan.FromSeconds(20), MaxAttempts = 2, Concurrency = 2, ProviderConcurrency = 7,
                PricePerMillionPromptTokens = 0.5m, PricePerMillionCompletionTokens = 1.5m,
            },
            local);
        Assert.Equal(TimeSpan.FromMilliseconds(5), settings.FindModel("default").TokenDelay);
    }

    [Fact]
    public void A_byte_order_mark_and_CRLF_are_no_obstacle()
    {
        var text = "{\r\n  \"models\": { \"default\": { \"provider\": \"simulated\" } },\r\n  \"agents\": { \"a\": { \"rol\": 1 } }\r\n}";
        byte[] utf8 = [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)];

        var failure = Assert.Throws<FailureException>(() => AgentSettingsReader.Read(utf8, "llm-orc.json", Providers)).Failure;

        Assert.Contains("line 3: llm-orc.agents.a: 'rol' is not known here. Did you mean 'role'?", failure.Message);
    }

    [Fact]
    public void All_errors_are_told_at_once_with_their_lines()
    {
        var failure = Invalid("""
            {
              "models": {
                "default": { "provider": "simulatd" },
                "hot": { "provider": "ollama", "model": "llama3", "temperature": 3, "maxAttempt": 2 },
                "nameless": { "provider": "ollama" },
                "odd": { "provider": "simulated", "endpoint": "http://x", "concurrency": "4" },
                "local": { "provider": "ollama", "model": "m", "endpoint": "localhost:1", "tokenDelayMs": 5 }
              },
              "agents": {
                "a": { "role": { "promt": "You are a." }, "model": "defalt" },
                "b": { "model": "default" },
                "c": "text",
                "b": { "role": { "prompt": " ", "context": [] } }
              },
              "agent": {}
            }
            """);

        Assert.Equal("AgentSettingsInvalid", failure.Type);
        Assert.Equal(
            """
            llm-orc.json cannot be used:
              line 3: llm-orc.models.default: There is no provider 'simulatd'. Providers: claude, ollama, openai, simulated.
              line 4: llm-orc.models.hot: 'temperature' must be a number from 0 to 2.
              line 4: llm-orc.models.hot: 'maxAttempt' is not known here. Did you mean 'maxAttempts'? Known: apiKeyFile, apiKeyHeader, apiKeyVariable, concurrency, endpoint, fallback, firstTokenTimeoutSeconds, maxAttempts, maxOutputTokens, model, pricePerMillionCachedPromptTokens, pricePerMillionCompletionTokens, pricePerMillionPromptTokens, provider, schema, temperature, timeoutSeconds, tokenDelayMs.
              line 5: llm-orc.models.nameless: 'model' is missing: the provider 'ollama' serves many models.
              line 6: llm-orc.models.odd: 'concurrency' must be a whole number from 1 to 1000.
              line 6: llm-orc.models.odd: 'endpoint' has no meaning: the provider 'simulated' is called without a network.
              line 7: llm-orc.models.local: 'endpoint' must be an address such as http://localhost:11434, without a user name or password.
              line 7: llm-orc.models.local: 'tokenDelayMs' has a meaning only with the provider 'simulated'.
              line 10: llm-orc.agents.a: There is no model profile 'defalt'. Profiles: default, hot, nameless, odd, local. A model can also be named as provider/model, e.g. ollama/llama3.
              line 10: llm-orc.agents.a.role: 'prompt' is missing.
              line 10: llm-orc.agents.a.role: 'promt' is not known here. Did you mean 'prompt'? Known: context, name, prompt.
              line 11: llm-orc.agents.b: 'role' is missing: { "prompt": "You are …" }.
              line 12: llm-orc.agents: 'c' must be an object: { … }.
              line 13: llm-orc.agents: 'b' is there 2 times.
              line 15: llm-orc: 'agent' is not known here. Did you mean 'agents'? Known: agents, models, providers.
            """,
            failure.Message, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Keys_are_named_by_variable_or_file_and_fallbacks_by_profile_or_model()
    {
        var settings = Read("""
            {
              "models": {
                "default": { "provider": "claude", "model": "c", "apiKeyFile": "keys/claude.txt", "fallback": ["cheap", "ollama/llama3"], "schema": "prompt" },
                "cheap": { "provider": "openai", "model": "o", "fallback": "default", "pricePerMillionCachedPromptTokens": 0.5 },
                "own": { "provider": "openai", "model": "o", "endpoint": "http://gpu:8000/v1" },
                "own-key": { "provider": "openai", "model": "o", "apiKeyVariable": "MINE" },
                "own-header": { "provider": "openai", "model": "o", "apiKeyHeader": "api-key" },
              },
              "providers": { "openai": { "endpoint": "https://gateway.example/v1", "apiKeyVariable": "GATEWAY_KEY", "apiKeyHeader": "x-api-key" } },
            }
            """);

        var chain = settings.FindModel("default");
        Assert.Equal((Path.GetFullPath("keys/claude.txt"), null, true), (chain.ApiKeyFile, chain.ApiKeyVariable, chain.SchemaInPrompt));
        Assert.Equal(["cheap", "ollama/llama3"], chain.Fallbacks.Select(f => f.Name));
        Assert.All(chain.Fallbacks, fallback => Assert.Empty(fallback.Fallbacks));
        var cheap = settings.FindModel("cheap");
        Assert.Equal(("GATEWAY_KEY", 0.5m, "default"), (cheap.ApiKeyVariable, cheap.PricePerMillionCachedPromptTokens, cheap.Fallbacks[0].Name));
        Assert.Equal(("GATEWAY_KEY", new Uri("https://gateway.example/v1")), (settings.FindModel("openai/x").ApiKeyVariable, settings.FindModel("openai/x").Endpoint));
        // The gateway's key is not for another server.
        Assert.Equal((null, null), (settings.FindModel("own").ApiKeyVariable, settings.FindModel("own").ApiKeyHeader));
        Assert.Equal(("MINE", "x-api-key"), (settings.FindModel("own-key").ApiKeyVariable, settings.FindModel("own-key").ApiKeyHeader));
        Assert.Equal(("GATEWAY_KEY", "api-key"), (settings.FindModel("own-header").ApiKeyVariable, settings.FindModel("own-header").ApiKeyHeader));
        Assert.Equal("x-api-key", settings.FindModel("openai/x").ApiKeyHeader);
    }

    [Fact]
    public void A_key_in_the_settings_is_refused_and_never_repeated()
    {
        var failure = Invalid("""
            {
              "models": {
                "a": { "provider": "claude", "model": "m", "apiKeyVariable": "sk-ant-Secret1" },
                "b": { "provider": "claude", "model": "m", "apiKey": "sk-ant-Secret2" },
                "c": { "provider": "openai", "model": "m", "apiKeyVariable": "K", "apiKeyFile": "f" },
                "d": { "provider": "ollama", "model": "m", "apiKeyVariable": "K" },
                "e": { "provider": "simulated", "fallback": ["e", "nobody", "a"], "schema": "json" },
                "f": { "provider": "simulated", "fallback": ["a", 3] },
                "g": { "provider": "simulated", "fallback": ["a", "a", "a", "a", "a", "a"] }
              }
            }
            """);

        Assert.DoesNotContain("Secret", failure.Message);
        Assert.Equal(
            """
            llm-orc.json cannot be used:
              line 3: llm-orc.models.a: 'apiKeyVariable' must be the name of an environment variable in capitals, e.g. OPENAI_API_KEY. The key itself never stands in this file.
              line 4: llm-orc.models.b: 'apiKey' is not known here. Did you mean 'apiKeyFile'? Known: apiKeyFile, apiKeyHeader, apiKeyVariable, concurrency, endpoint, fallback, firstTokenTimeoutSeconds, maxAttempts, maxOutputTokens, model, pricePerMillionCachedPromptTokens, pricePerMillionCompletionTokens, pricePerMillionPromptTokens, provider, schema, temperature, timeoutSeconds, tokenDelayMs.
              line 5: llm-orc.models.c: 'apiKeyFile' and 'apiKeyVariable' are both there: the key is in one of them.
              line 6: llm-orc.models.d: 'apiKeyVariable' has no meaning: the provider 'ollama' is called without a key.
              line 7: llm-orc.models.e: 'schema' is 'json'; it may be native or prompt.
              line 7: llm-orc.models.e: 'e' cannot be its own fallback.
              line 7: llm-orc.models.e: There is no model profile 'nobody'. Profiles: a, b, c, d, e, f, g. A model can also be named as provider/model, e.g. ollama/llama3.
              line 8: llm-orc.models.f: 'fallback' must be a text, or a list of texts that are not empty.
              line 9: llm-orc.models.g: 'fallback' names 6 models; 5 are the most.
            """,
            failure.Message, ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("{ \"models\": {\n  \"a\": nope } }", "line 2: This is not JSON: ")]
    [InlineData("", "line 1: This is not JSON: ")]
    [InlineData("{ \"agents\": {\n  \"a\": { \"role\": { \"prompt\": \"x\\uD83D y\" } } } }", "line 2: This is not JSON: A text holds half of a character")]
    [InlineData("{ \"agents\": {\n\n  \"a\\uDE00\": { \"role\": { \"context\": [[\"\\uDE00\"]] } } } }", "line 3: This is not JSON: A text holds half of a character")]
    [InlineData("{ \"models\": {}, \"agents\": { \"a\": { \"role\": { \"prompt\": \"x\", \"context\": {\"k\": [[\"\\uDE00\"]]} } } } }", "line 1: This is not JSON: A text holds half of a character")]
    [InlineData("[]", "line 1: The file must hold an object")]
    [InlineData("{}\n{}", "line 2: This is not JSON: ")]
    [InlineData("{ \"models\": [] }", "line 1: llm-orc: 'models' must be an object")]
    public void A_file_of_another_shape_is_refused_with_its_line(string text, string expected) => Assert.Contains(expected, Invalid(text).Message);

    [Fact]
    public void Deep_nesting_is_refused_and_not_followed()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000);

        Assert.Contains("This is not JSON", Invalid(deep).Message);
    }

    [Fact]
    public void A_model_can_be_named_by_provider_and_model()
    {
        var settings = Read("""{ "providers": { "ollama": { "endpoint": "http://gpu:1", "concurrency": 9 } } }""");

        var made = settings.FindModel("ollama/library/qwen3:8b");
        Assert.Equal(("ollama", "library/qwen3:8b", new Uri("http://gpu:1"), 9), (made.Provider, made.Model, made.Endpoint, made.ProviderConcurrency));
        Assert.Equal("simulated", settings.FindModel("simulated").Model);
        Assert.Throws<FailureException>(() => settings.FindModel("ollama"));
    }

    [Fact]
    public void An_unknown_agent_or_model_is_answered_with_what_there_is()
    {
        var settings = Read("""
            {
              "models": { "default": { "provider": "simulated" }, "local": { "provider": "ollama", "model": "llama3" } },
              "agents": { "ux_reviewer": { "role": { "prompt": "p" } }, "senior_developer": { "role": { "prompt": "p" } } }
            }
            """);

        var agent = Assert.Throws<FailureException>(() => settings.FindAgent("ux_revewer")).Failure;
        Assert.Equal("AgentUnknown", agent.Type);
        Assert.Equal("There is no agent 'ux_revewer' in llm-orc.json. Did you mean 'ux_reviewer'? Agents: senior_developer, ux_reviewer.", agent.Message);
        var model = Assert.Throws<FailureException>(() => settings.FindModel("lokal")).Failure;
        Assert.Equal("ModelUnknown", model.Type);
        Assert.StartsWith("There is no model profile 'lokal' in llm-orc.json. Did you mean 'local'? Profiles: default, local.", model.Message);
    }

    [Fact]
    public void The_context_of_a_role_is_rendered_into_its_system_message()
    {
        var settings = Read("""
            {
              "agents": { "s": { "model": "simulated", "role": {
                "prompt": "You are a security reviewer.\n",
                "context": { "specialties": ["injection", "secrets"], "out_of_scope": "style", "experienceLevel": 10, "limits": { "most findings": 3 } } } } }
            }
            """);

        Assert.Equal(
            """
            You are a security reviewer.

            Specialties:
            - injection
            - secrets
            Out of scope: style
            Experience level: 10
            Limits:
              Most findings: 3
            """,
            settings.FindAgent("s").Role.ToSystemMessage(), ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_change_of_the_file_counts_from_the_next_turn_on(int ageInDays)
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TestFolder();
        var file = new AgentSettingsFile(folder.Write("llm-orc.json", Agent("one")), Providers);
        File.SetLastWriteTimeUtc(file.Path!, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-ageInDays));

        var first = await file.ReadAsync(token);
        Assert.Same(first, await file.ReadAsync(token));
        folder.Write("llm-orc.json", Agent("two"));
        var second = await file.ReadAsync(token);

        Assert.Equal(("one", "two"), (first.FindAgent("a").Role.Prompt, second.FindAgent("a").Role.Prompt));
        Assert.NotEqual(first.FindAgent("a").Hash, second.FindAgent("a").Hash);

        static string Agent(string prompt) => $$"""{ "agents": { "a": { "model": "simulated", "role": { "prompt": "{{prompt}}" } } } }""";
    }

    [Fact]
    public async Task A_missing_file_is_named_with_its_whole_path()
    {
        using var folder = new TestFolder();
        var file = new AgentSettingsFile(Path.Combine(folder.Path, "llm-orc.json"), Providers);

        var failure = (await Assert.ThrowsAsync<FailureException>(async () => await file.ReadAsync(TestContext.Current.CancellationToken))).Failure;

        Assert.Equal("AgentSettingsUnreadable", failure.Type);
        Assert.StartsWith($"There is no {file.Path}.", failure.Message);
    }

    private static AgentSettings Read(string text) => AgentSettingsReader.Read(Encoding.UTF8.GetBytes(text), "llm-orc.json", Providers);

    [Theory]
    [InlineData("Authorization")]
    [InlineData("Host")]
    [InlineData("x api key")]
    [InlineData("x-api-key: 1\\r\\nx-key")]
    public void A_header_for_keys_is_one(string header)
    {
        var failure = Invalid($$"""{ "models": { "a": { "provider": "claude", "model": "m", "apiKeyHeader": "{{header}}" } } }""");

        Assert.Contains("'apiKeyHeader' must be the name of a header for keys, e.g. x-api-key", failure.Message);
    }

    private static Failure Invalid(string text) => Assert.Throws<FailureException>(() => Read(text)).Failure;
}
