using System.Buffers;
using System.Text;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>
/// Makes text from outside safe to show: a hostile diff or a model must not move the cursor, set colours or the title, answer for the
/// user, or turn lines around. Whole escape sequences go, then every control character that is left.
/// </summary>
internal static class TerminalText
{
    private const char Escape = '\x1b';
    private const char Bell = '\a';
    private const char StringTerminator = '\x9c';
    private const int TabWidth = 4;

    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 0xa0).Where(c => c is < 0x20 or >= 0x7f).Select(c => (char)c)]);

    /// <summary>Lines stay lines; tabs become spaces.</summary>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;

        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
            i += CleanOne(text.AsSpan(i), clean);
        return clean.ToString();
    }

    /// <summary>As <see cref="Clean"/>, on one line.</summary>
    public static string CleanLine(string text) => Clean(text).ReplaceLineEndings(" ");

    /// <summary>Writes what would be hidden, or turn a line around, as escapes of JSON; in JSON such characters stand in texts only.</summary>
    public static string EscapeInJson(string json)
    {
        if (!json.AsSpan().ContainsAnyExceptInRange('\n', '~'))
            return json;

        var escaped = new StringBuilder(json.Length);
        Span<char> pair = stackalloc char[2];
        foreach (var rune in json.EnumerateRunes())
        {
            var length = rune.EncodeToUtf16(pair);
            if (rune.Value < ' ' || !IsHidden(rune))
                escaped.Append(pair[..length]);
            else
                foreach (var c in pair[..length])
                    escaped.Append("\\u").Append(((int)c).ToString("x4"));
        }

        return escaped.ToString();
    }

    /// <summary>Appends what one character, pair or sequence is to be shown as; returns how many characters it took.</summary>
    private static int CleanOne(ReadOnlySpan<char> rest, StringBuilder clean)
    {
        var c = rest[0];
        switch (c)
        {
            case '\n' or '\u2028' or '\u2029' or '\u0085':
                clean.Append('\n');
                return 1;
            case '\r':
                clean.Append('\n');
                return rest is ['\r', '\n', ..] ? 2 : 1;
            case '\t':
                clean.Append(' ', TabWidth);
                return 1;
            case Escape:
                return EscapeLength(rest);
            case '\x9b':
                return 1 + ParametersLength(rest[1..]);
            case '\x90' or '\x98' or '\x9d' or '\x9e' or '\x9f':
                return 1 + StringLength(rest[1..]);
        }

        if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done)
            clean.Append('\ufffd');
        else if (!IsHidden(rune))
            clean.Append(rest[..length]);
        return length;
    }

    private static int EscapeLength(ReadOnlySpan<char> rest) => rest.Length < 2 ? 1 : rest[1] switch
    {
        '[' => 2 + ParametersLength(rest[2..]),
        ']' or 'P' or 'X' or '^' or '_' => 2 + StringLength(rest[2..]),
        // Intermediates and one final character, e.g. a character set: ESC ( 0.
        >= ' ' and <= '/' => rest.Length < 3 ? 2 : 3,
        >= '0' and <= '~' => 2,
        _ => 1,
    };

    // CSI: parameters and intermediates, then one final character.
    private static int ParametersLength(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAnyExceptInRange(' ', '?');
        return end < 0 ? rest.Length : rest[end] is >= '@' and <= '~' ? end + 1 : end;
    }

    // OSC, DCS and their like hold a text without controls up to their terminator. One that has none goes alone: its text is shown rather than
    // all that follows hidden, and no text is searched twice.
    private static int StringLength(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(Controls);
        return end < 0 ? 0 : rest[end] switch
        {
            Bell or StringTerminator => end + 1,
            Escape => rest[end..] is [_, '\\', ..] ? end + 2 : end,
            _ => 0,
        };
    }

    private static bool IsHidden(Rune rune) => rune.Value switch
    {
        < 0x20 or (>= 0x7f and <= 0x9f) => true,
        // Soft hyphen, direction marks and overrides, invisible operators, byte order mark, interlinear marks, tags.
        0xad or 0x61c or 0x180e or 0x200b or 0x200e or 0x200f or (>= 0x202a and <= 0x202e) or (>= 0x2060 and <= 0x206f) or 0xfeff => true,
        (>= 0xfff9 and <= 0xfffb) or (>= 0xe0000 and <= 0xe007f) => true,
        _ => false,
    };
}
