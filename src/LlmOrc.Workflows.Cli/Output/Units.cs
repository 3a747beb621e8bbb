using System.Globalization;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Units
{
    public static string Duration(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        return time switch
        {
            { TotalSeconds: < 9.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalSeconds):0} s"),
            { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds:00} s",
            { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes:00} min",
            _ => $"{time.Days} d {time.Hours} h",
        };
    }

    /// <summary>US dollars; small sums keep two digits that say something.</summary>
    public static string Cost(decimal dollars) => dollars switch
    {
        0 => "$0",
        < 0.0001m => "<$0.0001",
        < 0.1m => string.Create(CultureInfo.InvariantCulture, $"${dollars:0.####}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"${dollars:#,0.00}"),
    };

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>E.g. <c>1 call</c>, <c>3 calls</c>.</summary>
    public static string Count(long number, string thing) => $"{Count(number)} {thing}{(number == 1 ? "" : "s")}";

    public static string Tokens(long prompt, long completion) => $"{Count(prompt)} + {Count(completion)} tokens";

    public static string Of(Usage usage) => usage.Calls == 0 ? "no calls" : $"{Count(usage.Calls, "call")} · {Tokens(usage.PromptTokens, usage.CompletionTokens)} · {Cost(usage.Cost)}";

    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>The first <paramref name="most"/> characters, with a mark where something was cut.</summary>
    public static string Shorten(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";
}
