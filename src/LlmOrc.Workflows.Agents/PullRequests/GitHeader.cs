using System.Buffers;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Reads the lines between <c>diff --git</c> (or <c>--cc</c>) and the first hunk into a draft.</summary>
internal sealed class GitHeader(DiffCursor cursor, FileDraft draft)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>The header's keywords; none is the beginning of another.</summary>
    private static readonly string[] Keywords =
    [
        "index ", "new file mode ", "deleted file mode ", "old mode ", "new mode ", "mode ",
        "similarity index ", "dissimilarity index ",
        "rename from ", "rename to ", "rename old ", "rename new ", "copy from ", "copy to ",
    ];

    private static readonly SearchValues<char> ModeCharacters = SearchValues.Create("01234567,");

    public void Read()
    {
        while (KeywordOfLine() is { } keyword)
        {
            if (!_seen.Add(keyword))
                draft.Damage(cursor.LineNumber, $"The header says '{keyword.TrimEnd()}' twice; the last one counts.");
            Take(keyword, cursor.Header[keyword.Length..]);
            cursor.Advance();
        }
    }

    private string? KeywordOfLine()
    {
        foreach (var keyword in Keywords)
            if (cursor.StartsWith(keyword))
                return keyword;
        return null;
    }

    private void Take(string keyword, ReadOnlySpan<char> value)
    {
        switch (keyword)
        {
            case "index ":
                TakeIndex(value);
                break;
            case "old mode ":
                draft.OldMode = Mode(value);
                break;
            case "new mode ":
                draft.NewMode = Mode(value);
                break;
            case "new file mode ":
                (draft.IsAdded, draft.NewMode) = (true, Mode(value));
                break;
            case "deleted file mode ":
                (draft.IsDeleted, draft.OldMode) = (true, Mode(value));
                break;
            case "mode ":
                TakeCombinedModes(value);
                break;
            case "similarity index ":
                draft.Similarity = Percent(value);
                break;
            case "dissimilarity index ":
                draft.Similarity = 100 - Percent(value);
                break;
            case "rename from " or "rename old ":
                draft.MovedFrom = Name(value);
                break;
            case "copy from ":
                (draft.MovedFrom, draft.IsCopy) = (Name(value), true);
                break;
            case "rename to " or "rename new " or "copy to ":
                draft.MovedTo = Name(value);
                break;
        }
    }

    private void TakeIndex(ReadOnlySpan<char> value)
    {
        var dots = value.IndexOf("..");
        if (dots <= 0)
        {
            DamageLine("The object ids cannot be read");
            return;
        }
        draft.OldBlobId = value[..dots].ToString();
        var rest = value[(dots + 2)..];
        var space = rest.IndexOf(' ');
        draft.NewBlobId = (space < 0 ? rest : rest[..space]).ToString();
        // Only of a file that keeps its mode; the mode lines say it otherwise.
        if (space >= 0)
            draft.OldMode = draft.NewMode = Mode(rest[(space + 1)..]);
    }

    private void TakeCombinedModes(ReadOnlySpan<char> value)
    {
        var dots = value.IndexOf("..");
        if (dots < 0)
        {
            DamageLine("The modes cannot be read");
            return;
        }
        (draft.OldMode, draft.NewMode) = (Mode(value[..dots]), Mode(value[(dots + 2)..]));
    }

    private string? Mode(ReadOnlySpan<char> value)
    {
        if (value.Length >= 5 && !value.ContainsAnyExcept(ModeCharacters))
            return value.ToString();
        DamageLine("The mode is not one of git's");
        return null;
    }

    private int? Percent(ReadOnlySpan<char> value)
    {
        if (value.EndsWith('%') && value.Length <= 4 && byte.TryParse(value[..^1], out var percent) && percent <= 100)
            return percent;
        DamageLine("The percentage cannot be read");
        return null;
    }

    private string Name(ReadOnlySpan<char> value)
    {
        var (name, fault) = DiffNames.ReadWhole(value);
        if (fault is not null)
            draft.Damage(cursor.LineNumber, $"The path {DiffProblems.Excerpt(value)} stays as it is written: {fault}.");
        return name;
    }

    private void DamageLine(string what) => draft.Damage(cursor.LineNumber, $"{what}: {DiffProblems.Excerpt(cursor.Header)}.");
}
