using System.Text;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Takes a key out of what a provider says. Some quote it in their errors: whole, a part of it, or masked (<c>sk-ab…yz</c>). What stays is
/// at most so little that it tells nothing.
/// </summary>
internal sealed partial class KeyRedaction(string key)
{
    private const string Mark = "[key]";

    // So many characters in a row that are also in the key are of the key; fewer are a word, or the beginning that all keys of a provider share.
    private const int ShortestPiece = 8;

    // At the edge of a mask less says more: it is there that the ends of a key are shown.
    private const int ShortestEnd = 4;
    private const int ShortestEndOfTwo = 2;
    private const int LongestEnd = 64;

    private readonly HashSet<string> _pieces = [.. Enumerable.Range(0, Math.Max(0, key.Length - ShortestPiece + 1)).Select(at => key.Substring(at, ShortestPiece))];

    /// <summary>The text with <c>[key]</c> for each trace of the key.</summary>
    public string Redact(string text)
    {
        var isKey = new bool[text.Length];
        MarkPieces(text, isKey);
        if (key.Length < ShortestPiece)
            MarkWhole(text, isKey);
        foreach (var mask in Masks().EnumerateMatches(text))
            MarkEnds(text, isKey, mask.Index, mask.Index + mask.Length);
        return isKey.AsSpan().Contains(true) ? Write(text, isKey) : text;
    }

    private void MarkPieces(string text, bool[] isKey)
    {
        var pieces = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = 0; at + ShortestPiece <= text.Length; at++)
        {
            if (pieces.Contains(text.AsSpan(at, ShortestPiece)))
                isKey.AsSpan(at, ShortestPiece).Fill(true);
        }
    }

    private void MarkWhole(string text, bool[] isKey)
    {
        for (var at = 0; (at = text.IndexOf(key, at, StringComparison.Ordinal)) >= 0; at += key.Length)
            isKey.AsSpan(at, key.Length).Fill(true);
    }

    private void MarkEnds(string text, bool[] isKey, int start, int end)
    {
        var before = text.AsSpan(0, start);
        var after = text.AsSpan(end);
        var first = Longest(key.Length, before.Length);
        while (first > 0 && !before.EndsWith(key.AsSpan(0, first)))
            first--;
        var last = Longest(key.Length, after.Length);
        while (last > 0 && !after.StartsWith(key.AsSpan(key.Length - last)))
            last--;
        if (first >= ShortestEnd || last >= ShortestEnd || (first >= ShortestEndOfTwo && last >= ShortestEndOfTwo))
            isKey.AsSpan(start - first, first + end - start + last).Fill(true);
    }

    private static int Longest(int keyLength, int textLength) => Math.Min(LongestEnd, Math.Min(keyLength, textLength));

    private static string Write(string text, bool[] isKey)
    {
        var redacted = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (!isKey[at])
                redacted.Append(text[at]);
            else if (at == 0 || !isKey[at - 1])
                redacted.Append(Mark);
        }

        return redacted.ToString();
    }

    [GeneratedRegex(@"\.{2,}|…+|\*{2,}|•{2,}|[xX]{3,}|#{2,}|_{3,}|-{3,}", RegexOptions.None, 250)]
    private static partial Regex Masks();

    /// <summary>
    /// The same for a reply that comes piece by piece. Only the whole key is taken out of it: a model may well speak of how keys begin. What
    /// may be its beginning is kept back until the next piece tells.
    /// </summary>
    public sealed class OfStream(string key)
    {
        private string _kept = "";

        /// <summary>What can be shown so far.</summary>
        public string Next(string piece)
        {
            var text = (_kept + piece).Replace(key, Mark, StringComparison.Ordinal);
            var kept = Math.Min(key.Length - 1, text.Length);
            while (kept > 0 && !text.EndsWith(key[..kept], StringComparison.Ordinal))
                kept--;
            _kept = text[^kept..];
            return text[..^kept];
        }

        /// <summary>What was kept back, and was no key.</summary>
        public string Rest() => _kept;
    }
}
