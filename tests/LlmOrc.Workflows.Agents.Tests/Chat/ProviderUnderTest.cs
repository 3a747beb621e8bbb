using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmOrc.Workflows.Tests.Chat;

/// <summary>A provider, a fake that speaks its wire, and a profile that leads from one to the other with a key from the environment.</summary>
internal sealed class ProviderUnderTest : IAsyncDisposable
{
    public const string Key = "sk-secret-0123456789abcdef";
    public const string KeyVariable = "TEST_API_KEY";

    public static readonly string[] Names = ["claude", "openai", "gemini", "ollama"];

    public required string Name { get; init; }

    public required FakeProvider Fake { get; init; }

    public Dictionary<string, string?> Environment { get; } = new() { [KeyVariable] = Key };

    public ModelProfile Profile => new()
    {
        Name = "p", Provider = Name, Model = "m1", Endpoint = Fake.Endpoint, ApiKeyVariable = Name == "ollama" ? null : KeyVariable, FirstTokenTimeout = TimeSpan.FromSeconds(90),
    };

    public static async Task<ProviderUnderTest> StartAsync(string name) => new()
    {
        Name = name,
        Fake = name switch
        {
            "claude" => await FakeClaude.StartAsync(),
            "openai" => await FakeOpenAi.StartAsync(),
            "gemini" => await FakeOpenAi.StartAsync(isGemini: true),
            _ => await FakeOllama.StartAsync(),
        },
    };

    public static IReadOnlyList<IModelProvider> Providers(Func<string, string?> environment, TimeProvider time)
    {
        var keys = new ApiKeys(environment);
        return [new ClaudeProvider(keys, time), new OpenAiProvider(keys, time), new GeminiProvider(keys, time), new OllamaProvider(time), new SimulatedProvider(time)];
    }

    public ChatModels Models(TimeProvider? time = null, ILogger<ChatModels>? log = null)
    {
        time ??= TimeProvider.System;
        return new(Providers(name => Environment.GetValueOrDefault(name), time), time, log ?? NullLogger<ChatModels>.Instance);
    }

    public static ChatRequest Question(string text = "Why?") => new() { System = "You answer.", Messages = [new(ChatSpeaker.User, text)] };

    public ValueTask DisposeAsync() => Fake.DisposeAsync();
}
