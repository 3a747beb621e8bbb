using System.Collections.Concurrent;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Chat;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>From the engine to providers with keys: who answered is recorded, and the key is nowhere.</summary>
public sealed class ProvidersTests : IAsyncLifetime
{
    private const string Schema = """{ "type": "object", "properties": { "verdict": { "enum": ["merge", "wait"] } }, "required": ["verdict"] }""";

    private readonly TestFolder _folder = new();
    private readonly Lines _log = new();
    private FakeClaude _claude = null!;
    private FakeOpenAi _gemini = null!;
    private ServiceProvider _services = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    private IInstanceQueries Queries => _services.GetRequiredService<IInstanceQueries>();

    public async ValueTask InitializeAsync()
    {
        _claude = await FakeClaude.StartAsync();
        _gemini = await FakeOpenAi.StartAsync(isGemini: true);
        _claude.RequiredKey = _gemini.RequiredKey = ProviderUnderTest.Key;
        var settings = $$"""
            {
              "models": {
                "default": { "provider": "claude", "model": "c", "maxAttempts": 1, "temperature": 0.5, "fallback": "second" },
                "second": { "provider": "gemini", "model": "g", "pricePerMillionCompletionTokens": 1000000 }
              },
              "providers": {
                "claude": { "endpoint": "{{_claude.Endpoint}}", "apiKeyVariable": "{{ProviderUnderTest.KeyVariable}}" },
                "gemini": { "endpoint": "{{_gemini.Endpoint}}", "apiKeyFile": "keys/gemini" }
              },
              "agents": { "ada": { "role": { "prompt": "You are Ada." } } }
            }
            """;
        _folder.Write("keys/gemini", ProviderUnderTest.Key);
        _services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log))
            .AddSingleton(new ApiKeys(name => name == ProviderUnderTest.KeyVariable ? ProviderUnderTest.Key : null))
            .AddWorkflowEngine().AddInMemoryStores().AddElsaFormat()
            .AddAgents(new() { ConfigurationPath = _folder.Write("llm-orc.json", settings), TemplatesPath = _folder.Path })
            .BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _claude.DisposeAsync();
        await _gemini.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_call_and_the_turn_name_who_really_answered_and_nothing_names_the_key()
    {
        _claude.Script = exchange => exchange.FailWithAsync(529, $"Overloaded: {exchange.Call.Key}", "text/plain");
        _gemini.Script = exchange => exchange.SayAsync(exchange.Call.Number == 1 ? "I would merge it." : "{\"verdict\":\"merge\"}");

        var outcome = await RunAsync(Document(Schema));

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal("merge", outcome.Output.GetProperty("data").GetProperty("verdict").GetString());
        var usage = outcome.Output.GetProperty("usage");
        Assert.Equal(("gemini", "g", "second"), (usage.GetProperty("provider").GetString(), usage.GetProperty("model").GetString(), usage.GetProperty("profile").GetString()));
        var calls = await Queries.ReadCallsAsync(outcome.Row.Key, Token);
        Assert.Equal(["reply", "reply-repair"], calls.Select(c => c.Step));
        Assert.All(calls, call => Assert.Equal((MeteredCallStatus.Settled, "gemini", "g"), (call.Status, call.Provider, call.Model)));
        Assert.Equal([4m, 1m], calls.Select(c => c.Cost));
        await KeyIsNowhereAsync(outcome);
    }

    [Fact]
    public async Task When_all_are_out_the_run_says_so_without_the_key()
    {
        _claude.Script = exchange => exchange.FailWithAsync(500, $"key {exchange.Call.Key}", "text/plain");
        _gemini.Script = async exchange =>
        {
            await exchange.TokenAsync("half");
            await exchange.ErrorAsync($"no: {exchange.Call.Key}");
        };
        _folder.Write("llm-orc.json", (await File.ReadAllTextAsync(Path.Combine(_folder.Path, "llm-orc.json"), Token)).Replace("\"model\": \"g\",", "\"model\": \"g\", \"maxAttempts\": 1,", StringComparison.Ordinal));

        var outcome = await RunAsync(Document(null));

        var failure = Assert.Single(outcome.Incidents).Failure;
        Assert.Equal("ProviderUnavailable", failure.Type);
        Assert.Contains("key [key].", failure.Message);
        Assert.Contains("Its fallback 'second' failed too: Gemini at", failure.Message);
        await KeyIsNowhereAsync(outcome);
    }

    [Fact]
    public async Task A_schema_that_cannot_be_used_is_refused_before_there_is_a_run()
    {
        var refused = await Assert.ThrowsAsync<InputInvalidException>(() => RunAsync(Document("""{ "type": "object", "oneOf": [] }""")));

        Assert.StartsWith("'turn': The schema of the reply cannot be used: #: 'oneOf' is not supported.", refused.Message);
        Assert.Empty(await Queries.ListAsync(new(), Token));
    }

    private static ReadOnlyMemory<byte> Document(string? schema) => Doc.Of(
        Doc.Sequence(
            Doc.Activity(
                "LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Judge.")), ("schema", schema is null ? null : Doc.Expression("Object", schema)),
                ("data", Doc.To("v-data")), ("usage", Doc.To("v-usage"))),
            Doc.SetOutput("o1", "data", Doc.Variable("v-data")),
            Doc.SetOutput("o2", "usage", Doc.Variable("v-usage"))),
        variables: [Doc.Variable("v-data", "Object"), Doc.Variable("v-usage", "Object")],
        outputs: [Doc.Argument("data"), Doc.Argument("usage")]);

    private async Task<InstanceOutcome> RunAsync(ReadOnlyMemory<byte> document)
    {
        var row = await Runtime.StartAsync(document.Start(), Token);
        await Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Token);
        return await Runtime.GetOutcomeAsync(row.Key.InstanceId, cancellationToken: Token);
    }

    private async Task KeyIsNowhereAsync(InstanceOutcome outcome)
    {
        var key = outcome.Row.Key;
        var all = new object[]
        {
            outcome, await Queries.ReadJournalAsync(key, 1, 10_000, Token), await Queries.ReadMessagesAsync(key, null, 1, 100, Token), await Queries.ReadCallsAsync(key, Token),
            _log.All,
        };
        Assert.NotEmpty(_log.All);
        Assert.All(all, part => Assert.DoesNotContain(ProviderUnderTest.Key, JsonSerializer.Serialize(part)));
        Assert.All(_claude.Calls.Concat(_gemini.Calls), call => Assert.Equal(["Authorization"], call.PlacesOf(ProviderUnderTest.Key)));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> All => [.. _lines];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
