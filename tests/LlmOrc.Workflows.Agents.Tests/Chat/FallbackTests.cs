using System.Collections.Concurrent;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

public sealed class FallbackTests : IAsyncLifetime
{
    private static readonly ModelProfile Offline = new() { Name = "offline", Provider = "simulated", Model = "simulated", FirstTokenTimeout = TimeSpan.FromSeconds(90) };

    private ProviderUnderTest _first = null!;
    private ProviderUnderTest _second = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _first = await ProviderUnderTest.StartAsync("claude");
        _second = await ProviderUnderTest.StartAsync("openai");
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData(429, 3)]
    [InlineData(529, 3)]
    [InlineData(402, 1)]
    public async Task A_profile_that_is_out_is_stood_in_for_after_its_own_attempts(int status, int attempts)
    {
        _first.Fake.Script = exchange => exchange.FailAsync(status, "not now", "1");
        var shown = "";

        var reply = await AskAsync(Chain(Second()), shown: token => shown += token);

        Assert.Equal((attempts, 1), (_first.Fake.Calls.Count, _second.Fake.Calls.Count));
        Assert.Equal(("openai", "m2", "second", attempts + 1), (reply.Provider, reply.Model, reply.Profile, reply.Attempts));
        Assert.Equal(5 * reply.PromptTokens / 1_000_000m, reply.Cost);
        Assert.Contains($"\n[first: {status} ", shown);
        Assert.Contains("; asking second instead]\n", shown);
    }

    [Fact]
    public async Task A_profile_that_asks_for_a_long_wait_is_stood_in_for_at_once()
    {
        _first.Fake.Script = exchange => exchange.FailAsync(429, "quota", "3600");
        var time = new ShortWaits();

        var reply = await AskAsync(Chain(Second()), time);

        Assert.Equal(("second", 1), (reply.Profile, _first.Fake.Calls.Count));
        Assert.Empty(time.Waits);
    }

    [Theory]
    [InlineData(400, "ProviderRefused")]
    [InlineData(401, "ProviderKeyRefused")]
    [InlineData(404, "ModelMissing")]
    public async Task A_mistake_is_told_and_not_paid_for_elsewhere(int status, string type)
    {
        _first.Fake.Script = exchange => exchange.FailAsync(status, "model: no");

        Assert.Equal(type, (await FailAsync(Chain(Second()))).Failure.Type);
        Assert.Empty(_second.Fake.Calls);
    }

    [Fact]
    public async Task The_chain_goes_on_to_the_first_that_answers()
    {
        _first.Fake.Script = exchange => exchange.FailAsync(500, "down");
        _second.Fake.Script = exchange => exchange.StallAsync();
        var chain = Chain(Second() with { Timeout = TimeSpan.FromSeconds(5), FirstTokenTimeout = TimeSpan.FromSeconds(5), MaxAttempts = 2 }, Offline);

        var reply = await AskAsync(chain);

        Assert.Equal(("simulated", "offline", 6), (reply.Provider, reply.Profile, reply.Attempts));
        Assert.StartsWith("[simulated]", reply.Text);
    }

    [Fact]
    public async Task When_all_are_out_each_is_told_and_the_shortest_long_wait_decides()
    {
        _first.Fake.Script = exchange => exchange.FailAsync(429, "quota", "3600");
        _second.Fake.Script = exchange => exchange.FailAsync(429, "later", "120");

        var exception = await FailAsync(Chain(Second()));

        Assert.Equal("ProviderRateLimited", exception.Failure.Type);
        Assert.Matches("^Claude is asked too often: .*It asks to wait 3600 s\\. Its fallback 'second' failed too: The server is asked too often: .*It asks to wait 120 s\\.$", exception.Failure.Message);
        Assert.Equal(TimeSpan.FromSeconds(120), Assert.IsType<ProviderException>(exception.InnerException).RetryAfter);
    }

    [Fact]
    public async Task A_temperature_that_Claude_does_not_take_is_said_with_each_turn_and_logged_once()
    {
        var log = new Lines();
        var models = _first.Models(log: log);
        var shown = new List<string>();
        for (var i = 0; i < 3; i++)
            await models.RespondAsync(Chain() with { Temperature = 0.2 }, ProviderUnderTest.Question(), shown.Add, Token);

        const string Warning = "Claude takes no temperature: 0.2 of 'first' is not sent";
        Assert.Equal(3, shown.Count(text => text == $"[{Warning}]\n"));
        Assert.Equal([$"Warning: Model profile first: {Warning}"], log.All);
    }

    private ModelProfile Chain(params ModelProfile[] fallbacks) => _first.Profile with { Name = "first", Fallbacks = fallbacks };

    private ModelProfile Second() => _second.Profile with { Name = "second", Model = "m2", PricePerMillionPromptTokens = 5 };

    private Task<ChatReply> AskAsync(ModelProfile profile, TimeProvider? time = null, Action<string>? shown = null) =>
        _first.Models(time ?? new ShortWaits()).RespondAsync(profile, ProviderUnderTest.Question(), shown, Token);

    private Task<FailureException> FailAsync(ModelProfile profile) => Assert.ThrowsAsync<FailureException>(() => AskAsync(profile));

    private sealed class Lines : ILogger<ChatModels>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> All => [.. _lines];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }
}
