using System.Buffers;
using System.Text;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>
/// Texts as PostgreSQL can hold them: it takes every character but U+0000, which models and tools do send. That one is stored as U+0001 and
/// '0', and U+0001 itself as U+0001 and '1': nearly every text stays as it is, prefixes stay prefixes, and so does the order.
/// </summary>
internal static class PostgresText
{
    private const char Mark = '\u0001';
    private static readonly SearchValues<char> Special = SearchValues.Create('\0', Mark);

    /// <summary>The text as it is stored. Half a character becomes U+FFFD, as in SQLite.</summary>
    public static string Store(string text)
    {
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        }

        return text.AsSpan().ContainsAny(Special) ? text.Replace("\u0001", "\u00011", StringComparison.Ordinal).Replace("\0", "\u00010", StringComparison.Ordinal) : text;
    }

    /// <summary>The text as it was.</summary>
    public static string Restore(string stored) =>
        stored.Contains(Mark, StringComparison.Ordinal) ? stored.Replace("\u00010", "\0", StringComparison.Ordinal).Replace("\u00011", "\u0001", StringComparison.Ordinal) : stored;
}
