using System.Collections.Concurrent;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

/// <summary>A key that a provider says back, whole or in parts, goes no further.</summary>
public sealed class KeyRedactionTests
{
    // As in ProviderUnderTest: sk-secret-0123456789abcdef
    private const string Key = ProviderUnderTest.Key;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> WithKey => [.. ProviderUnderTest.Names.Where(n => n != "ollama")];

    [Theory]
    [InlineData("wrong key sk-secret-0123456789abcdef.", "wrong key [key].")]
    [InlineData("sk-secret-0123456789abcdefsk-secret-0123456789abcdef", "[key]")]
    [InlineData("wrong key sk-secre", "wrong key [key]")]
    [InlineData("the key sk-secret-0123 and so on", "the key [key] and so on")]
    [InlineData("it ends in 89abcdef", "it ends in [key]")]
    [InlineData("sk-secret-012 3456789abcdef", "[key] [key]")]
    [InlineData("piece et-01234567 of it", "piece [key] of it")]
    [InlineData("wrong key sk-se…ef!", "wrong key [key]!")]
    [InlineData("Incorrect API key provided: sk-secre***************cdef. You can find", "Incorrect API key provided: [key]. You can find")]
    [InlineData("wrong key sk...ef", "wrong key [key]")]
    [InlineData("wrong key sk-s•••••", "wrong key [key]")]
    [InlineData("wrong key sk-sXXXXXXXXXXcdef", "wrong key [key]")]
    [InlineData("wrong key ****cdef", "wrong key [key]")]
    [InlineData("keys begin with sk-… and are secret", "keys begin with sk-… and are secret")]
    [InlineData("a key begins with sk-secr", "a key begins with sk-secr")]
    [InlineData("wait... 0123456 is no key", "wait... 0123456 is no key")]
    [InlineData("", "")]
    public void Every_trace_of_it_is_taken_out_and_nothing_else(string text, string expected) => Assert.Equal(expected, new KeyRedaction(Key).Redact(text));

    [Theory]
    [InlineData("abc", "an abc of keys: abcabc", "an [key] of keys: [key]")]
    [InlineData("abcdefgh", "abcdefg is not abcdefgh", "abcdefg is not [key]")]
    public void A_short_key_is_taken_out_whole(string key, string text, string expected) => Assert.Equal(expected, new KeyRedaction(key).Redact(text));

    [Theory]
    [MemberData(nameof(WithKey))]
    public async Task An_error_in_pieces_is_looked_through_as_a_whole(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = e => e.FailInPiecesAsync(400, """{"error":{"message":"wrong key sk-se""", "cret-0", "123456", """789abcdef, masked sk-s…ef","type":"x","more":" """, new string('m', 5_000), "\"}}");

        await AssertSilentAsync(provider, "wrong key [key], masked [key]");
    }

    [Theory]
    [MemberData(nameof(WithKey))]
    public async Task An_error_that_is_cut_off_within_the_key_does_not_show_its_beginning(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = e => e.FailWithAsync(400, new string('m', 64 * 1024 - 12) + Key, "text/plain");

        await AssertSilentAsync(provider, "400");
    }

    [Theory]
    [MemberData(nameof(WithKey))]
    public async Task An_error_in_the_middle_of_a_reply_does_not_show_it(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = async e =>
        {
            await e.TokenAsync("half a ");
            await e.PieceAsync("""data: {"type":"error","error":{"type":"x","message":"key sk-sec""");
            await e.PieceAsync("ret-0123456789ab");
            await e.PieceAsync("cdef and sk-se****ef\"}}\n\n");
        };

        await AssertSilentAsync(provider, null);
    }

    [Fact]
    public async Task A_refusal_in_pieces_does_not_show_it()
    {
        await using var provider = await ProviderUnderTest.StartAsync("openai");
        provider.Fake.Script = e => ((OpenAiExchange)e).RefuseAsync($"I will not take {Key}, nor sk-se…cdef");

        await AssertSilentAsync(provider, "it says \"I will not take [key], nor [key]\"");
    }

    [Theory]
    [MemberData(nameof(WithKey))]
    public async Task A_reply_that_says_it_piece_by_piece_is_kept_and_shown_without_it(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        provider.Fake.Script = async e =>
        {
            foreach (var piece in (string[])["Is it s", "k-sec", "ret-0123456789abcde", "f? Keys begin with sk-secret-01, a", "s", " is known: s"])
                await e.TokenAsync(piece);
            await e.DoneAsync();
        };
        var shown = "";

        var reply = await provider.Models().RespondAsync(provider.Profile, ProviderUnderTest.Question(), token => shown += token, Token);

        Assert.Equal("Is it [key]? Keys begin with sk-secret-01, as is known: s", reply.Text);
        Assert.Equal(reply.Text, shown);
    }

    /// <summary>The error, all that caused it, what was shown and what was logged hold nothing of the key.</summary>
    private static async Task AssertSilentAsync(ProviderUnderTest provider, string? expected)
    {
        var (log, shown) = (new Lines(), "");
        var exception = await Assert.ThrowsAsync<FailureException>(
            () => provider.Models(new ShortWaits(), log).RespondAsync(provider.Profile, ProviderUnderTest.Question(), token => shown += token, Token));

        if (expected is not null)
            Assert.Contains(expected, exception.Failure.Message, StringComparison.Ordinal);
        Assert.All((string[])[exception.ToString(), exception.Failure.ToString(), shown, .. log.All], text =>
        {
            for (var at = 0; at + 8 <= Key.Length; at++)
                Assert.DoesNotContain(Key.Substring(at, 8), text, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-s…", text, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-se*", text, StringComparison.Ordinal);
        });
    }

    private sealed class Lines : ILogger<ChatModels>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> All => [.. _lines];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
