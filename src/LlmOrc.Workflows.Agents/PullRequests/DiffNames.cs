namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>How the header lines of a diff name its two files.</summary>
internal static class DiffNames
{
    public const string NoFile = "/dev/null";

    /// <summary>Twice the longest path of common systems. Longer headers are not searched for the space between two names.</summary>
    private const int MaxSearchedLength = 8_192;

    /// <summary>
    /// The prefixes that git writes: old/new; index/worktree, commit/index, commit/worktree, object/worktree (mnemonic);
    /// 1/2 (two folders, mnemonic). A reversed diff swaps them.
    /// </summary>
    private static readonly string[] PrefixPairs = ["ab", "iw", "ci", "cw", "ow", "12"];

    /// <summary>The name of a <c>---</c> or <c>+++</c> line, with whether its time is the one that stands for "no file".</summary>
    public static (string Name, bool IsEpoch, string? Fault) ReadFileLine(ReadOnlySpan<char> rest)
    {
        string name;
        string? fault = null;
        if (rest.StartsWith('"'))
        {
            var quoted = QuotedPath.Read(rest);
            (name, fault) = (quoted.Path, quoted.Fault);
            rest = rest[quoted.Length..];
        }
        else
        {
            var tab = rest.IndexOf('\t');
            name = (tab < 0 ? rest : rest[..tab]).ToString();
            rest = tab < 0 ? [] : rest[tab..];
        }
        // Time zones west of Greenwich write the epoch as the evening before.
        var time = rest.Trim('\t');
        return (name, time.StartsWith("1970-01-01 ") || time.StartsWith("1969-12-31 "), fault);
    }

    /// <summary>The path of a <c>rename</c> or <c>copy</c> line or of a combined diff: the whole rest of the line, without prefix.</summary>
    public static (string Name, string? Fault) ReadWhole(ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith('"'))
            return (rest.ToString(), null);
        var quoted = QuotedPath.Read(rest);
        return quoted.Fault is null && quoted.Length < rest.Length
            ? (rest.ToString(), "text follows its closing quote")
            : (quoted.Path, quoted.Fault);
    }

    /// <summary>
    /// Takes the two names of a <c>diff --git</c> line apart. Nothing marks the space between them, but both name the same file
    /// unless it moves, and then other lines name it.
    /// </summary>
    /// <returns>Null when only the lines below can tell.</returns>
    public static (string Old, string New, string? Fault)? SplitGitHeader(ReadOnlySpan<char> rest)
    {
        if (rest.StartsWith('"') || rest.EndsWith('"'))
            return SplitQuoted(rest);
        var middle = rest.Length / 2;
        if (rest.Length % 2 == 1 && rest[middle] == ' ' && AreSameFile(rest[..middle], rest[(middle + 1)..]))
            return (rest[..middle].ToString(), rest[(middle + 1)..].ToString(), null);
        return null;
    }

    /// <summary>The same with the help of the <c>---</c> and <c>+++</c> lines, at least one of which repeats a name of the header.</summary>
    public static (string Old, string New)? SplitGitHeader(string header, string old, string @new)
    {
        if (@new != NoFile)
            return header.EndsWith(" " + @new, StringComparison.Ordinal) ? (header[..^(@new.Length + 1)], @new) : null;
        return header.StartsWith(old + " ", StringComparison.Ordinal) ? (old, header[(old.Length + 1)..]) : null;
    }

    private static (string Old, string New, string? Fault)? SplitQuoted(ReadOnlySpan<char> rest)
    {
        var first = rest.StartsWith('"') ? QuotedPath.Read(rest) : default;
        // An unquoted name holds no quotes, so the first one begins the second name.
        var space = first.Path is null ? rest.IndexOf(" \"") : first.Length;
        if (space <= 0 || space >= rest.Length || rest[space] != ' ')
            return null;
        var (name, fault) = ReadWhole(rest[(space + 1)..]);
        return (first.Path ?? rest[..space].ToString(), name, first.Fault ?? fault);
    }

    /// <summary>For a header that no other line explains: the names on both sides of the only space that makes sense.</summary>
    /// <returns>Null when there is more than one way, or none.</returns>
    public static (string Old, string New)? GuessGitHeader(ReadOnlySpan<char> rest)
    {
        if (rest.Length > MaxSearchedLength)
            return null;
        var found = -1;
        var isOnlySpace = rest.IndexOf(' ') == rest.LastIndexOf(' ');
        for (var space = 0; space < rest.Length; space++)
        {
            if (rest[space] != ' ')
                continue;
            var left = rest[..space];
            var right = rest[(space + 1)..];
            if (!isOnlySpace && !HavePrefixPair(left, right) && !AreSameBelowFirstFolder(left, right))
                continue;
            if (found >= 0)
                return null;
            found = space;
        }
        return found <= 0 ? null : (rest[..found].ToString(), rest[(found + 1)..].ToString());
    }

    /// <summary>The paths without git's prefixes, as far as the two names tell that there are any.</summary>
    public static (string Old, string New) StripPrefixes(string old, string @new)
    {
        if (old == @new)
            return (old, @new);
        if (HavePrefixPair(old, @new))
            return (old[2..], @new[2..]);
        return (old, @new);
    }

    /// <summary>
    /// As <see cref="StripPrefixes"/>, but for two names known to be one file: whatever differs in front is a prefix
    /// (<c>--src-prefix</c>). Null when no folder is left in common.
    /// </summary>
    public static (string Old, string New)? StripAnyPrefixes(string old, string @new)
    {
        if (old == @new || HavePrefixPair(old, @new))
            return StripPrefixes(old, @new);
        var common = 0;
        while (common < Math.Min(old.Length, @new.Length) && old[^(common + 1)] == @new[^(common + 1)])
            common++;
        var slash = old.IndexOf('/', old.Length - common);
        return slash < 0 || slash == old.Length - 1 ? null : (old[(slash + 1)..], old[(slash + 1)..]);
    }

    private static bool AreSameFile(ReadOnlySpan<char> old, ReadOnlySpan<char> @new) =>
        old.SequenceEqual(@new) || (HavePrefixPair(old, @new) && old[2..].SequenceEqual(@new[2..]));

    private static bool AreSameBelowFirstFolder(ReadOnlySpan<char> old, ReadOnlySpan<char> @new)
    {
        var (first, second) = (old.IndexOf('/'), @new.IndexOf('/'));
        return first > 0 && second > 0 && old[first..].SequenceEqual(@new[second..]);
    }

    private static bool HavePrefixPair(ReadOnlySpan<char> old, ReadOnlySpan<char> @new)
    {
        if (old.Length < 3 || @new.Length < 3 || old[1] != '/' || @new[1] != '/')
            return false;
        foreach (var pair in PrefixPairs)
            if ((old[0] == pair[0] && @new[0] == pair[1]) || (old[0] == pair[1] && @new[0] == pair[0]))
                return true;
        return false;
    }
}
