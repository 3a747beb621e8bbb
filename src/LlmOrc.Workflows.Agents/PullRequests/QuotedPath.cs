using System.Text;
using System.Text.Unicode;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>A path in double quotes with C's escapes, as git writes one that holds quotes, control characters or bytes over 127.</summary>
/// <param name="Path">The path; when there is a <paramref name="Fault"/>, the text as it stands, quotes included.</param>
/// <param name="Length">How many characters of the text it took.</param>
/// <param name="Fault">Why it could not be read, as the end of a sentence.</param>
internal readonly record struct QuotedPath(string Path, int Length, string? Fault)
{
    private const string Escapes = "\a\b\t\n\v\f\r\"\\";

    /// <param name="text">Begins with the opening quote; what follows the closing one is left alone.</param>
    public static QuotedPath Read(ReadOnlySpan<char> text)
    {
        var path = new StringBuilder();
        var bytes = new List<byte>();
        string? fault = null;
        var at = 1;
        while (at < text.Length && text[at] != '"')
        {
            if (text[at] == '\\' && TryReadOctal(text[(at + 1)..], out var octal))
            {
                if (octal == 0)
                    fault ??= "a path cannot hold a NUL";
                bytes.Add(octal);
                at += 4;
                continue;
            }
            Flush(bytes, path, ref fault);
            if (text[at] != '\\')
            {
                path.Append(text[at++]);
                continue;
            }
            var plain = at + 1 < text.Length ? Unescape(text[at + 1]) : null;
            if (plain is null)
                fault ??= "it has an unknown escape";
            path.Append(plain);
            at += 2;
        }
        Flush(bytes, path, ref fault);
        if (at >= text.Length)
            return new QuotedPath(text.ToString(), text.Length, "its closing quote is missing");
        return fault is null
            ? new QuotedPath(path.ToString(), at + 1, null)
            : new QuotedPath(text[..(at + 1)].ToString(), at + 1, fault);
    }

    /// <summary>A path as git writes it, with its setting that leaves letters of all languages as they are: in quotes where it must be.</summary>
    public static string Write(string path)
    {
        if (!path.Any(NeedsEscape))
            return path;
        var quoted = new StringBuilder("\"");
        foreach (var c in path)
        {
            if (!NeedsEscape(c))
                quoted.Append(c);
            else if (Escapes.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at)
                quoted.Append('\\').Append("abtnvfr\"\\"[at]);
            else
                quoted.Append('\\').Append((char)('0' + (c >> 6))).Append((char)('0' + ((c >> 3) & 7))).Append((char)('0' + (c & 7)));
        }

        return quoted.Append('"').ToString();
    }

    private static bool NeedsEscape(char c) => c is < ' ' or '\x7f' or '"' or '\\';

    private static bool TryReadOctal(ReadOnlySpan<char> digits, out byte value)
    {
        value = 0;
        if (digits.Length < 3 || digits[0] is < '0' or > '3' || digits[1] is < '0' or > '7' || digits[2] is < '0' or > '7')
            return false;
        value = (byte)(((digits[0] - '0') << 6) | ((digits[1] - '0') << 3) | (digits[2] - '0'));
        return true;
    }

    private static char? Unescape(char escape) => escape switch
    {
        'a' => '\a',
        'b' => '\b',
        't' => '\t',
        'n' => '\n',
        'v' => '\v',
        'f' => '\f',
        'r' => '\r',
        '"' => '"',
        '\\' => '\\',
        _ => null,
    };

    private static void Flush(List<byte> bytes, StringBuilder path, ref string? fault)
    {
        if (bytes.Count == 0)
            return;
        var run = bytes.ToArray();
        bytes.Clear();
        if (Utf8.IsValid(run))
            path.Append(Encoding.UTF8.GetString(run));
        else
            fault ??= "its bytes are not UTF-8";
    }
}
