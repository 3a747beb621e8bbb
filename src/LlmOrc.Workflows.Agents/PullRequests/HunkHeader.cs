namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>A line <c>@@ -1,2 +1,3 @@ section</c>, or with one more <c>@</c> and range for each further parent.</summary>
internal sealed record HunkHeader(IReadOnlyList<HunkRange> Parents, HunkRange New, string Section)
{
    /// <summary>The largest known merge has 66 parents.</summary>
    private const int MaxParents = 1_000;

    /// <summary>Whether a line that is no line of a hunk should be read as the header of one.</summary>
    public static bool IsLikely(ReadOnlySpan<char> line)
    {
        var marks = CountMarks(line);
        return marks >= 2 && line[marks..].StartsWith(" -");
    }

    /// <summary>Null, with the reason as the end of a sentence, when the line is damaged.</summary>
    public static HunkHeader? Read(ReadOnlySpan<char> line, out string? fault)
    {
        var marks = CountMarks(line);
        if (marks - 1 > MaxParents)
        {
            fault = $"it has more than {MaxParents} parents";
            return null;
        }
        var rest = line[marks..];
        var parents = new List<HunkRange>();
        while (parents.Count < marks - 1)
        {
            if (!TryReadRange(ref rest, '-', out var parent, out fault))
                return null;
            parents.Add(parent);
        }
        if (!TryReadRange(ref rest, '+', out var range, out fault))
            return null;
        if (!rest.StartsWith(' ') || CountMarks(rest[1..]) < marks)
        {
            fault = "the marks at its end are missing";
            return null;
        }
        rest = rest[(1 + marks)..];
        return new HunkHeader(parents, range, (rest.StartsWith(' ') ? rest[1..] : rest).ToString());
    }

    private static int CountMarks(ReadOnlySpan<char> line)
    {
        var other = line.IndexOfAnyExcept('@');
        return other < 0 ? line.Length : other;
    }

    private static bool TryReadRange(ref ReadOnlySpan<char> rest, char sign, out HunkRange range, out string? fault)
    {
        range = default;
        fault = "its ranges cannot be read";
        if (rest.Length < 2 || rest[0] != ' ' || rest[1] != sign)
            return false;
        rest = rest[2..];
        if (!TryReadNumber(ref rest, out var start))
            return false;
        long count = 1;
        if (rest.StartsWith(','))
        {
            rest = rest[1..];
            if (!TryReadNumber(ref rest, out count))
                return false;
        }
        // The sum is checked too, so that no line number of the hunk overflows.
        fault = "its numbers are too large";
        if (start + count > int.MaxValue)
            return false;
        fault = "line 0 does not exist";
        if (start == 0 && count > 0)
            return false;
        range = new HunkRange((int)start, (int)count);
        fault = null;
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> rest, out long number)
    {
        number = 0;
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? rest.Length : length;
        foreach (var digit in rest[..length])
            number = Math.Min((number * 10) + (digit - '0'), 1L + int.MaxValue);
        rest = rest[length..];
        return length > 0;
    }
}
