namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>
/// Reads the lines of one hunk. Only the counts of its header say where it ends: a removed line "-- x" looks like a file header
/// and is none.
/// </summary>
internal sealed class HunkReader
{
    private readonly DiffCursor _cursor;
    private readonly DiffProblems _problems;
    private readonly HunkHeader _header;

    /// <summary>The diff's own lines end in CRLF: one CR comes off each.</summary>
    private readonly bool _travelledAsCrlf;
    private readonly int _headerLine;

    /// <summary>How many lines are still to come, for each parent and (last) the new file.</summary>
    private readonly int[] _left;

    /// <summary>Which files have ended with a line without LF; as <see cref="_left"/>.</summary>
    private readonly bool[] _ended;

    private readonly List<DiffLine> _lines = [];
    private readonly List<string> _columns = [];
    private bool _isSound = true;

    public HunkReader(DiffCursor cursor, DiffProblems problems, HunkHeader header, bool travelledAsCrlf)
    {
        (_cursor, _problems, _header, _travelledAsCrlf) = (cursor, problems, header, travelledAsCrlf);
        _headerLine = cursor.LineNumber;
        _left = [.. header.Parents.Select(range => range.Count), header.New.Count];
        _ended = new bool[_left.Length];
    }

    private int Parents => _header.Parents.Count;

    private bool IsCombined => Parents > 1;

    /// <summary>The cursor is on the header; afterwards, on the first line that is not the hunk's.</summary>
    public Hunk Read()
    {
        _cursor.Advance();
        while (_left.AsSpan().ContainsAnyExcept(0))
        {
            if (_cursor.AtEnd || !TryTakeLine())
            {
                GiveBackFileHeader();
                Damage($"The hunk has fewer lines than its header counts, or other ones; it stops after {_lines.Count}.");
                break;
            }
        }
        if (_cursor.StartsWith("\\"))
            TakeEndMark();
        if (_lines.Count == 0 && _isSound)
            Damage("The hunk is empty.");
        return ToHunk();
    }

    private bool TryTakeLine()
    {
        if (_cursor.StartsWith("\\"))
        {
            TakeEndMark();
            return true;
        }
        var line = _travelledAsCrlf ? _cursor.Header : _cursor.Line;
        // Mailers and some diffs drop the spaces of an empty context line. Not with many parents, where a hostile diff could ask
        // for a thousand steps with each empty line.
        if (line.Length < Parents)
            return Parents <= 2 && line.IndexOfAnyExcept(' ') < 0 && TryTake("  ".AsSpan(0, Parents), "");
        var marks = line[..Parents];
        return marks.IndexOfAnyExcept(" +-") < 0 && TryTake(marks, line[Parents..].ToString());
    }

    private bool TryTake(ReadOnlySpan<char> marks, string text)
    {
        var isRemoved = marks.Contains('-');
        // A line that the new file lacks cannot also be new in it.
        if (isRemoved && marks.Contains('+'))
            return false;
        for (var file = 0; file <= Parents; file++)
            if (IsIn(file, marks, isRemoved) && _left[file] == 0)
                return false;
        var wasEnded = false;
        for (var file = 0; file <= Parents; file++)
        {
            if (!IsIn(file, marks, isRemoved))
                continue;
            wasEnded |= _ended[file];
            _left[file]--;
        }
        if (wasEnded && _isSound)
            Damage("A line follows one that the hunk says is the last of its file.");
        Add(marks, text, isRemoved);
        _cursor.Advance();
        return true;
    }

    private void Add(ReadOnlySpan<char> marks, string text, bool isRemoved)
    {
        var kind = isRemoved ? DiffLineKind.Removed : marks.Contains('+') ? DiffLineKind.Added : DiffLineKind.Context;
        int? oldNumber = IsIn(0, marks, isRemoved) ? NumberOfLast(0, _header.Parents[0]) : null;
        int? newNumber = isRemoved ? null : NumberOfLast(Parents, _header.New);
        _lines.Add(new DiffLine(kind, text, oldNumber, newNumber, NoNewlineAtEnd: false));
        if (IsCombined)
            // Neighbours mostly have the same marks and then share one string.
            _columns.Add(_columns.Count > 0 && marks.SequenceEqual(_columns[^1]) ? _columns[^1] : marks.ToString());
    }

    private int NumberOfLast(int file, HunkRange range) => range.Start + range.Count - _left[file] - 1;

    /// <summary>A parent has the lines that it loses (-) and those it shares with the new file (space), unless another parent loses them.</summary>
    private bool IsIn(int file, ReadOnlySpan<char> marks, bool isRemoved) =>
        file == Parents ? !isRemoved : marks[file] == (isRemoved ? '-' : ' ');

    /// <summary>The text of a mark like "\ No newline at end of file" depends on the language; the backslash does not.</summary>
    private void TakeEndMark()
    {
        if (_lines.Count == 0 || _lines[^1].NoNewlineAtEnd)
        {
            Damage("The mark for a missing line end belongs to no line.");
            _cursor.Advance();
            return;
        }
        var last = _lines[^1];
        _lines[^1] = last with { NoNewlineAtEnd = true };
        var isRemoved = last.Kind == DiffLineKind.Removed;
        var marks = IsCombined ? _columns[^1] : MarkOf(last.Kind);
        for (var file = 0; file <= Parents; file++)
            _ended[file] |= IsIn(file, marks, isRemoved);
        _cursor.Advance();
    }

    private static string MarkOf(DiffLineKind kind) => kind switch
    {
        DiffLineKind.Added => "+",
        DiffLineKind.Removed => "-",
        _ => " ",
    };

    /// <summary>
    /// When the count lied and the hunk ran into the next file of a plain diff, the two header lines of that file were taken
    /// for a removed and an added one.
    /// </summary>
    private void GiveBackFileHeader()
    {
        if (IsCombined || _lines.Count < 2 || !HunkHeader.IsLikely(_cursor.Line))
            return;
        var (minus, plus) = (_lines[^2], _lines[^1]);
        if (minus.Kind != DiffLineKind.Removed || !minus.Text.StartsWith("-- ", StringComparison.Ordinal)
            || plus.Kind != DiffLineKind.Added || !plus.Text.StartsWith("++ ", StringComparison.Ordinal)
            || minus.NoNewlineAtEnd || plus.NoNewlineAtEnd)
            return;
        _lines.RemoveRange(_lines.Count - 2, 2);
        _cursor.MoveBack(2);
    }

    private void Damage(string message)
    {
        _isSound = false;
        _problems.Add(_headerLine, message);
    }

    private Hunk ToHunk() => new()
    {
        OldStart = _header.Parents[0].Start,
        OldCount = _header.Parents[0].Count,
        NewStart = _header.New.Start,
        NewCount = _header.New.Count,
        Section = _header.Section,
        Lines = _lines.ToArray(),
        IsComplete = _isSound,
        DiffLineNumber = _headerLine,
        ParentRanges = IsCombined ? _header.Parents : [],
        Columns = IsCombined ? _columns.ToArray() : [],
    };
}
