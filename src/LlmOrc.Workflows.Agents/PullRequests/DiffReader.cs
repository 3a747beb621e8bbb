namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Reads a diff from top to bottom: finds the files in the prose around them, and the hunks in the files.</summary>
internal sealed class DiffReader(string diff)
{
    private const string BinaryStart = "Binary files ";
    private const string BinaryEnd = " differ";

    private readonly DiffCursor _cursor = new(diff);
    private readonly DiffProblems _problems = new();
    private readonly List<FileDiff> _files = [];

    /// <summary>The file that a hunk would belong to; prose closes it.</summary>
    private FileDraft? _file;

    /// <summary>Lines that look like a hunk's but stand in none, because the counts of the hunk above are too small or unreadable.</summary>
    private int _strayLines;

    private int _firstStrayLine;
    private bool _toldOfCrlf;

    public UnifiedDiff Read()
    {
        while (!_cursor.AtEnd)
            ReadNext();
        CloseFile();
        if (_files.Count == 0 && !string.IsNullOrWhiteSpace(diff))
            _problems.Add(1, "The text holds no unified diff.");
        return new UnifiedDiff
        {
            Files = _files.ToArray(),
            Problems = _problems.ToList(lastLine: Math.Max(1, _cursor.LineNumber - 1)),
        };
    }

    private void ReadNext()
    {
        if (_cursor.StartsWith("diff --git "))
            ReadGitFile("diff --git ", isCombined: false);
        else if (_cursor.StartsWith("diff --cc "))
            ReadGitFile("diff --cc ", isCombined: true);
        else if (_cursor.StartsWith("diff --combined "))
            ReadGitFile("diff --combined ", isCombined: true);
        else if (AreFileLines())
            ReadPlainFile();
        else if (HunkHeader.IsLikely(_cursor.Line) || (_file is not null && _cursor.StartsWith("@@")))
            ReadHunk();
        else if (_cursor.StartsWith(BinaryStart) && _cursor.Header.EndsWith(BinaryEnd) && _cursor.Header.Length > BinaryStart.Length + BinaryEnd.Length)
            ReadPlainBinaryFile();
        else
            PassOver();
    }

    private FileDraft OpenFile()
    {
        CloseFile();
        return _file = new FileDraft(_problems, _cursor.LineNumber);
    }

    private void CloseFile()
    {
        ReportStrayLines();
        if (_file is not null)
            _files.Add(_file.Finish());
        _file = null;
    }

    private void ReadGitFile(string start, bool isCombined)
    {
        var file = OpenFile();
        var names = _cursor.Header[start.Length..];
        file.IsCombined = isCombined;
        if (isCombined)
        {
            (file.CombinedPath, var fault) = DiffNames.ReadWhole(names);
            ReportName(names, fault);
        }
        else
        {
            file.HeaderText = names.ToString();
            if (DiffNames.SplitGitHeader(names) is var (old, @new, fault))
            {
                file.GitNames = (old, @new);
                ReportName(names, fault);
            }
        }
        _cursor.Advance();
        new GitHeader(_cursor, file).Read();
        ReadGitBody(file);
    }

    private void ReadGitBody(FileDraft file)
    {
        if (_cursor.StartsWith("--- "))
            ReadFileLines(file);
        else if (_cursor.StartsWith("Binary files ") && _cursor.Header.EndsWith("differ"))
        {
            file.IsBinary = true;
            _cursor.Advance();
        }
        else if (_cursor.Header.SequenceEqual("GIT binary patch"))
            ReadBinaryPatch(file);
    }

    /// <summary>Where the next file of a plain diff begins; the header of its first hunk tells it from prose and from stray lines.</summary>
    private bool AreFileLines() =>
        _cursor.StartsWith("--- ") && _cursor.Peek(1).StartsWith("+++ ") && (_strayLines == 0 || HunkHeader.IsLikely(_cursor.Peek(2)));

    private void ReadPlainFile() => ReadFileLines(OpenFile());

    private void ReadFileLines(FileDraft file)
    {
        var oldLine = _cursor.LineNumber;
        file.TravelledAsCrlf = _cursor.EndsInCr;
        if (file.TravelledAsCrlf && !_toldOfCrlf)
            _problems.Add(oldLine, "The lines of the diff itself end in CRLF, so one CR is taken off the end of each.");
        _toldOfCrlf |= file.TravelledAsCrlf;
        var (oldName, oldEpoch) = ReadName();
        // A combined diff may name the file of each parent (--combined-all-paths); the first one counts.
        while (file.IsCombined && _cursor.StartsWith("--- "))
            _cursor.Advance();
        if (!_cursor.StartsWith("+++ "))
        {
            file.Damage(oldLine, "The +++ line is missing after the --- line.");
            return;
        }
        var (newName, newEpoch) = ReadName();
        file.FileLineNames = (oldName, newName);
        file.EpochTimes = (oldEpoch, newEpoch);
        if (!_cursor.StartsWith("@@"))
            file.Damage(oldLine, "No hunk follows the names of the file.");
    }

    private (string Name, bool IsEpoch) ReadName()
    {
        var rest = _cursor.Header[4..];
        var (name, isEpoch, fault) = DiffNames.ReadFileLine(rest);
        ReportName(rest, fault);
        _cursor.Advance();
        return (name, isEpoch);
    }

    private void ReportName(ReadOnlySpan<char> text, string? fault)
    {
        if (fault is not null)
            _problems.Add(_cursor.LineNumber, $"A path in {DiffProblems.Excerpt(text)} stays as it is written: {fault}.");
        else if (text.Contains('\0'))
            _problems.Add(_cursor.LineNumber, "A path holds a NUL.");
    }

    private void ReadHunk()
    {
        ReportStrayLines();
        if (_file is null)
            OpenFile().Damage(_cursor.LineNumber, "No file header precedes the hunk.");
        var file = _file!;
        if (HunkHeader.Read(_cursor.Header, out var fault) is not { } header)
        {
            file.Damage(_cursor.LineNumber, $"The header of the hunk is damaged: {fault}.");
            _cursor.Advance();
            return;
        }
        if (header.Parents.Count > 1 != file.IsCombined)
            file.Damage(_cursor.LineNumber, "The hunk and the file's header disagree whether this is a combined diff.");
        file.IsCombined |= header.Parents.Count > 1;
        file.Add(new HunkReader(_cursor, _problems, header, file.TravelledAsCrlf).Read());
    }

    private void ReadPlainBinaryFile()
    {
        var file = OpenFile();
        var names = _cursor.Header[BinaryStart.Length..^BinaryEnd.Length];
        file.IsBinary = true;
        var and = names.IndexOf(" and ");
        if (and > 0 && and == names.LastIndexOf(" and "))
            file.FileLineNames = (names[..and].ToString(), names[(and + " and ".Length)..].ToString());
        else
            file.HeaderText = names.ToString();
        _cursor.Advance();
    }

    /// <summary>One block for the way forward and mostly one for the way back, each closed by an empty line.</summary>
    private void ReadBinaryPatch(FileDraft file)
    {
        file.IsBinary = true;
        var (start, startLine) = (_cursor.Offset, _cursor.LineNumber);
        _cursor.Advance();
        var blocks = 0;
        for (; blocks < 2 && (_cursor.StartsWith("literal ") || _cursor.StartsWith("delta ")); blocks++)
        {
            _cursor.Advance();
            while (!_cursor.AtEnd && IsBase85(_cursor.Header))
                _cursor.Advance();
            if (_cursor.AtEnd || !_cursor.Header.IsEmpty)
            {
                file.Damage(startLine, "The binary patch is cut off: the empty line after its data is missing.");
                break;
            }
            _cursor.Advance();
        }
        if (blocks == 0)
            file.Damage(startLine, "The binary patch holds no data.");
        file.BinaryPatch = _cursor.TextSince(start);
    }

    /// <summary>A letter for the length, then five characters for each four bytes, none of them a space.</summary>
    private static bool IsBase85(ReadOnlySpan<char> line) => line.Length >= 6 && char.IsAsciiLetter(line[0]) && !line.Contains(' ');

    private void PassOver()
    {
        if (_file is null)
            PassOverProse();
        else if (IsSignature())
            CloseFile();
        else if (_cursor.Line.IsEmpty)
            // Between two commits, or the damaged rest of a hunk: the next line tells.
            _cursor.Advance();
        else if (IsMark(_cursor.Line[0]))
            CountStrayLine();
        else
            CloseFile();
    }

    /// <summary>A mail's "-- " line. Before more lines of a hunk it is a removed "- " instead.</summary>
    private bool IsSignature()
    {
        if (!_cursor.Header.SequenceEqual("-- "))
            return false;
        var below = _cursor.Peek(1);
        return below.IsEmpty || !IsMark(below[0]);
    }

    private static bool IsMark(char first) => first is ' ' or '+' or '-' or '\\';

    private void PassOverProse()
    {
        if (WhatIsLeftOut() is { } what)
            _problems.Add(_cursor.LineNumber, $"{what}: {DiffProblems.Excerpt(_cursor.Header)}.");
        _cursor.Advance();
    }

    /// <summary>Lines that tell of a changed file without its diff. Other prose says nothing about files.</summary>
    private string? WhatIsLeftOut()
    {
        if (_cursor.StartsWith("Only in ") && _cursor.Line.Contains(':'))
            return "A file exists on one side only, and the diff does not hold its text (diff -N would)";
        if (_cursor.StartsWith("* Unmerged path "))
            return "The file has merge conflicts and no diff";
        if (_cursor.StartsWith("Submodule ") && (_cursor.Header.EndsWith(':') || _cursor.Header.EndsWith(')') || _cursor.Header.EndsWith("content")))
            return "A submodule is only summarised (--submodule=short would give its commits)";
        return _cursor.StartsWith("***************") ? "A context diff cannot be read, only a unified one" : null;
    }

    private void CountStrayLine()
    {
        if (_strayLines++ == 0)
            _firstStrayLine = _cursor.LineNumber;
        _cursor.Advance();
    }

    private void ReportStrayLines()
    {
        if (_strayLines > 0)
            _file!.Damage(_firstStrayLine, $"Lines like those of a hunk follow that no header counts; left out: {_strayLines}.");
        _strayLines = 0;
    }
}
