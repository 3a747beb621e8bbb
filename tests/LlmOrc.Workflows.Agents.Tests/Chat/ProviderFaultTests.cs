using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

/// <summary>Every fault of every provider: what it is, what is said, how often it is asked.</summary>
public sealed class ProviderFaultTests
{
    private static readonly Fault[] Faults =
    [
        new("refused request", "ProviderRefused", 1, "400", e => e.FailAsync(400, "max_tokens: too many")),
        new("wrong key", "ProviderKeyRefused", 1, "401", e => e.FailAsync(401, $"wrong key {ProviderUnderTest.Key}.")),
        new("forbidden", "ProviderKeyRefused", 1, "403", e => e.FailAsync(403, "not in your country")),
        new("no credit", "ProviderQuotaExhausted", 1, "402", e => e.FailAsync(402, "pay")),
        new("no model", "ModelMissing", 1, "'m1'", e => e.FailAsync(404, "model: m1")),
        new("wrong path", "ProviderRefused", 1, "404", e => e.FailWithAsync(404, "<html>nginx</html>", "text/html")),
        new("redirect", "ProviderRefused", 1, "307", e => e.FailWithAsync(307, "", "text/html", ("Location", "http://127.0.0.1:1/"))),
        new("rate limit", "ProviderRateLimited", 3, "429", e => e.FailAsync(429, "slow down", "1")),
        new("server error", "ProviderUnavailable", 3, "500", e => e.FailAsync(500, "oops")),
        new("bad gateway", "ProviderUnavailable", 3, "(a page instead of an answer)", e => e.FailWithAsync(502, "<html><body>gateway</body></html>", "text/html")),
        new("overloaded", "ProviderUnavailable", 3, "529", e => e.FailAsync(529, "Overloaded")),
        new("torn before", "ReplyBroken", 3, "", Tear(before: true)),
        new("torn within", "ReplyBroken", 3, "", Tear(before: false)),
        new("ended within", "ReplyBroken", 3, "broke off after 7 characters", e => e.TokenAsync("half a ")),
        new("no reply", "ReplyBroken", 3, "the reply", e => e.PieceAsync("\n")),
        new("empty", "ReplyEmpty", 3, "no text", e => e.DoneAsync()),
        new("a page", "ReplyBroken", 3, "", e => e.FailWithAsync(200, "<html>proxy</html>", "text/html")),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Table => [.. ProviderUnderTest.Names.SelectMany(name => Faults.Select(f => (name, f.Name)))];

    public static TheoryData<string> All => [.. ProviderUnderTest.Names];

    [Theory]
    [MemberData(nameof(Table))]
    public async Task A_fault_has_its_kind_its_message_and_its_attempts(string name, string faultName)
    {
        var fault = Faults.Single(f => f.Name == faultName);
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = fault.Script;

        var exception = await FailAsync(provider);

        Assert.Equal(fault.Type, exception.Failure.Type);
        Assert.Contains(fault.Message, exception.Failure.Message);
        Assert.Equal(fault.Attempts, provider.Fake.Calls.Count);
        if (fault.Attempts > 1)
            Assert.EndsWith($"Tried {fault.Attempts} times.", exception.Failure.Message);
        Assert.StartsWith(name switch { "claude" => "Claude", "openai" => "The server", "gemini" => "Gemini", _ => "Ollama" }, exception.Failure.Message);
        if (name != "ollama")
            Assert.DoesNotContain(ProviderUnderTest.Key, exception + exception.Failure.ToString());
    }

    [Theory]
    [InlineData("claude", "ProviderUnavailable")]
    [InlineData("openai", "ReplyBroken")]
    [InlineData("gemini", "ProviderUnavailable")]
    [InlineData("ollama", "ReplyBroken")]
    public async Task An_error_in_the_middle_of_a_reply_is_told_and_asked_again(string name, string type)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = async exchange =>
        {
            await exchange.TokenAsync("half a ");
            await exchange.ErrorAsync("the cluster is on fire");
        };

        var failure = (await FailAsync(provider)).Failure;

        Assert.Equal((type, 3), (failure.Type, provider.Fake.Calls.Count));
        Assert.Contains("the reply broke off: the cluster is on fire", failure.Message);
    }

    [Theory]
    [InlineData("claude")]
    [InlineData("openai")]
    [InlineData("gemini")]
    public async Task A_reply_that_a_filter_stopped_is_no_turn(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = exchange => exchange.SayAsync("I would", doneReason: "refusal");

        var failure = (await FailAsync(provider)).Failure;

        Assert.Equal(("ReplyDeclined", 1), (failure.Type, provider.Fake.Calls.Count));
        Assert.Contains("declined to answer: the reply was stopped after 7 characters (finish reason content_filter). Change the prompt", failure.Message);
    }

    [Fact]
    public async Task A_refusal_in_words_is_no_turn()
    {
        await using var provider = await ProviderUnderTest.StartAsync("openai");
        provider.Fake.Script = exchange => ((OpenAiExchange)exchange).RefuseAsync("I cannot help with that.");

        var failure = (await FailAsync(provider)).Failure;

        Assert.Equal("ReplyDeclined", failure.Type);
        Assert.Contains("declined to answer: it says \"I cannot help with that.\"", failure.Message);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_second_attempt_gives_the_whole_reply_once(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = exchange => exchange.Call.Number == 1 ? exchange.ErrorAsync("busy") : exchange.SayAsync("here it is");

        var reply = await provider.Models(new ShortWaits()).RespondAsync(provider.Profile, ProviderUnderTest.Question(), null, Token);

        Assert.Equal(("here it is", 2), (reply.Text, reply.Attempts));
    }

    [Theory]
    [InlineData("retry-after", "7", 7.0)]
    [InlineData("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT", 9.0)]
    [InlineData("retry-after", "Wed, 31 Dec 2025 00:00:09 GMT", 0.0)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("x-ratelimit-reset-tokens", "1m2.5s", 62.5)]
    [InlineData("x-ratelimit-reset-tokens", "250ms", 0.25)]
    [InlineData("anthropic-ratelimit-tokens-reset", "2026-01-01T00:01:00Z", 60.0)]
    [InlineData("x-other", "3", null)]
    [InlineData("x-ratelimit-reset-tokens", "soon", null)]
    [InlineData("x-ratelimit-reset-tokens", "", null)]
    public void A_wait_is_understood_in_every_form(string header, string value, double? seconds)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation(header, value);
        response.Headers.TryAddWithoutValidation("x-ratelimit-remaining-tokens", "0");
        response.Headers.TryAddWithoutValidation("anthropic-ratelimit-tokens-remaining", "0");
        // Not used up: its reset does not matter.
        response.Headers.TryAddWithoutValidation("x-ratelimit-remaining-requests", "10");
        response.Headers.TryAddWithoutValidation("x-ratelimit-reset-requests", "6h");
        var time = new FakeTimeProvider(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        var wait = RetryHint.Read(response.Headers, new("", []), time);

        Assert.Equal(seconds, wait?.TotalSeconds);
    }

    [Fact]
    public async Task Geminis_wait_stands_in_its_error()
    {
        await using var provider = await ProviderUnderTest.StartAsync("gemini");
        const string Error = """[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17s"}]}}]""";
        provider.Fake.Script = exchange => exchange.Call.Number == 1 ? exchange.FailWithAsync(429, Error, "application/json") : exchange.SayAsync("here");
        var time = new ShortWaits();

        await provider.Models(time).RespondAsync(provider.Profile, ProviderUnderTest.Question(), null, Token);

        Assert.Equal([TimeSpan.FromSeconds(17)], time.Waits);
    }

    [Theory]
    [InlineData("openai", 429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}""", "ProviderQuotaExhausted")]
    [InlineData("gemini", 400, """[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]""", "ProviderKeyRefused")]
    [InlineData("gemini", 400, """{"error":{"code":400,"message":"Bad.","status":"INVALID_ARGUMENT"}}""", "ProviderRefused")]
    public async Task What_an_error_says_of_itself_counts_more_than_its_status(string name, int status, string body, string type)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = exchange => exchange.FailWithAsync(status, body, "application/json");

        Assert.Equal((type, 1), ((await FailAsync(provider)).Failure.Type, provider.Fake.Calls.Count));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_server_that_is_not_there_is_unavailable(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        var profile = provider.Profile;
        await provider.Fake.DisposeAsync();

        var failure = (await Assert.ThrowsAsync<FailureException>(
            () => provider.Models(new ShortWaits()).RespondAsync(profile, ProviderUnderTest.Question(), null, Token))).Failure;

        Assert.Equal("ProviderUnavailable", failure.Type);
        Assert.Contains($"does not answer at {profile.Endpoint!.ToString().TrimEnd('/')}:", failure.Message);
    }

    [Theory]
    [InlineData("claude", false)]
    [InlineData("claude", true)]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("gemini", false)]
    [InlineData("gemini", true)]
    public async Task A_stalled_reply_ends_at_the_limit_that_applies(string name, bool afterFirstToken)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        var time = new FakeTimeProvider();
        var stalled = new TaskCompletionSource();
        var hungUp = new TaskCompletionSource();
        provider.Fake.Script = async exchange =>
        {
            using var registration = exchange.Aborted.Register(hungUp.SetResult);
            if (afterFirstToken)
                await exchange.TokenAsync("a ");
            else
                stalled.SetResult();
            await exchange.StallAsync();
        };
        var call = provider.Models(time).RespondAsync(
            provider.Profile with { MaxAttempts = 1, FirstTokenTimeout = TimeSpan.FromSeconds(20) }, ProviderUnderTest.Question(), _ => stalled.TrySetResult(), Token);

        await stalled.Task.WaitAsync(Token);
        time.Advance(TimeSpan.FromSeconds(afterFirstToken ? 121 : 21));

        var failure = (await Assert.ThrowsAsync<FailureException>(() => call)).Failure;
        Assert.Equal("ProviderTimedOut", failure.Type);
        Assert.Contains(afterFirstToken ? "not complete after 120 s" : "no token came within 20 s", failure.Message);
        await hungUp.Task.WaitAsync(Token);
    }

    private static async Task<FailureException> FailAsync(ProviderUnderTest provider) =>
        await Assert.ThrowsAsync<FailureException>(() => provider.Models(new ShortWaits()).RespondAsync(provider.Profile, ProviderUnderTest.Question(), null, Token));

    private static Func<ProviderExchange, Task> Tear(bool before) => async exchange =>
    {
        if (!before)
            await exchange.TokenAsync("half a ");
        exchange.Break();
    };

    private sealed record Fault(string Name, string Type, int Attempts, string Message, Func<ProviderExchange, Task> Script);
}
