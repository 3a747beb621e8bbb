using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>How long a provider asks to wait, in each of the ways they say it.</summary>
internal static partial class RetryHint
{
    // The limits that OpenAI and Anthropic count; each has headers for what is left of it and when it is full again.
    private static readonly string[] Limits = ["requests", "tokens", "input-tokens", "output-tokens"];

    /// <summary>
    /// <c>Retry-After</c> in seconds or as a date, <c>retry-after-ms</c>, the reset of a limit that is used up
    /// (<c>x-ratelimit-reset-…: 6m0s</c>, <c>anthropic-ratelimit-…-reset: 2026-01-31T12:00:00Z</c>), or the delay in the error itself. Null: it says nothing.
    /// </summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, ProviderErrorBody error, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var wait = headers.RetryAfter?.Delta
            ?? headers.RetryAfter?.Date - now
            ?? Milliseconds(Value(headers, "retry-after-ms"))
            ?? Reset(headers, now)
            ?? Duration(error.RetryDelay);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static TimeSpan? Reset(HttpResponseHeaders headers, DateTimeOffset now)
    {
        TimeSpan? longest = null;
        foreach (var limit in Limits)
        {
            var wait = IsUsedUp($"x-ratelimit-remaining-{limit}") ? Duration(Value(headers, $"x-ratelimit-reset-{limit}")) : null;
            if (IsUsedUp($"anthropic-ratelimit-{limit}-remaining"))
                wait ??= Instant(Value(headers, $"anthropic-ratelimit-{limit}-reset")) - now;
            longest = longest is null || wait > longest ? wait ?? longest : longest;
        }

        return longest;

        bool IsUsedUp(string remaining) => Value(headers, remaining) == "0";
    }

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.First().Trim() : null;

    private static TimeSpan? Milliseconds(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < int.MaxValue
            ? TimeSpan.FromMilliseconds(number)
            : null;

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant : null;

    // "6m0s", "1.5s", "20ms", "1h2m": as Go writes durations.
    private static TimeSpan? Duration(string? text)
    {
        if (text is not { Length: > 0 and <= 40 } || GoDuration().Match(text) is not { Success: true } match)
            return null;
        return TimeSpan.FromHours(Part("h")) + TimeSpan.FromMinutes(Part("m")) + TimeSpan.FromSeconds(Part("s")) + TimeSpan.FromMilliseconds(Part("ms"));

        double Part(string name) => match.Groups[name].Success ? double.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^(?=.)((?<h>\d{1,5})h)?((?<m>\d{1,6})m(?!s))?((?<s>\d{1,7}(\.\d{1,9})?)s)?((?<ms>\d{1,9}(\.\d{1,9})?)ms)?$", RegexOptions.ExplicitCapture, 250)]
    private static partial Regex GoDuration();
}
