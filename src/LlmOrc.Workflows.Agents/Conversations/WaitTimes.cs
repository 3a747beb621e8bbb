using System.Globalization;
using System.Xml;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Reads how long, or until when, somebody is waited for.</summary>
internal static class WaitTimes
{
    /// <summary>No person is waited for longer; and a time after it may be none that a clock can show.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    /// <param name="text">A time span (1.00:00:00, or P1D) from <paramref name="since"/> on, or a time (2026-12-24T18:00:00Z).</param>
    /// <exception cref="FailureException">It is neither, or too far away.</exception>
    public static DateTimeOffset ReadDeadline(string text, string input, DateTimeOffset since)
    {
        // A year first, as in no time span.
        if (text is not [>= '0' and <= '9', _, _, _, '-', ..] || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return since + ReadSpan(text, input);
        return time - since <= Longest ? time.ToUniversalTime() : throw Unusable(text, input, TooLong);
    }

    /// <exception cref="FailureException">It is no time span, or none from now on, or too long.</exception>
    public static TimeSpan ReadSpan(string text, string input)
    {
        try
        {
            var span = text.StartsWith('P') ? XmlConvert.ToTimeSpan(text) : TimeSpan.Parse(text, CultureInfo.InvariantCulture);
            if (span > Longest)
                throw Unusable(text, input, TooLong);
            return span > TimeSpan.Zero ? span : throw new FormatException("It is not in the future.");
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw Unusable(text, input, exception.Message);
        }
    }

    private static string TooLong => $"A wait is {Longest.Days:N0} days at most.";

    private static FailureException Unusable(string text, string input, string why) =>
        Inputs.Invalid($"{input} is '{(text.Length > 60 ? text[..60] + "…" : text)}': {(text.Length > 60 ? "It is too long for a time." : why)} Write a time span such as 1.00:00:00 or P1D.");
}
