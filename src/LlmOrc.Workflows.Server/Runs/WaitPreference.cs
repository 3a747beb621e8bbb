using System.Globalization;
using LlmOrc.Workflows.Server.Hosting;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>How long a caller wants to wait, by the header Prefer (RFC 7240): <c>wait=10</c>, or <c>respond-async</c> for not at all.</summary>
internal static class WaitPreference
{
    // Longer than any proxy lets a request stand.
    public const int MaxSeconds = 600;

    /// <param name="standard">Where the caller says nothing; null: the server's.</param>
    public static TimeSpan Of(HttpRequest request, ServerSettings settings, TimeSpan? standard = null)
    {
        foreach (var preference in request.Headers["Prefer"].SelectMany(value => value?.Split([',', ';'], StringSplitOptions.TrimEntries) ?? []))
        {
            if (preference.Equals("respond-async", StringComparison.OrdinalIgnoreCase))
                return TimeSpan.Zero;
            if (preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                && double.TryParse(preference.AsSpan("wait=".Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            {
                return TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds));
            }
        }

        return standard ?? TimeSpan.FromSeconds(settings.WaitSeconds);
    }
}
