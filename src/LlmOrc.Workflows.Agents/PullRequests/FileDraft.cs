namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>What the lines read so far say about one file; the paths are only settled once all header lines are known.</summary>
internal sealed class FileDraft(DiffProblems problems, int headerLine)
{
    private readonly List<Hunk> _hunks = [];
    private int _oldLines;
    private int _newLines;
    private int _oldEnd;

    /// <summary>What the <c>diff --git</c> line names, prefixes included; null for another diff, and when the line alone does not tell.</summary>
    public (string Old, string New)? GitNames { get; set; }

    /// <summary>The names of the <c>---</c> and <c>+++</c> lines, prefixes included.</summary>
    public (string Old, string New)? FileLineNames { get; set; }

    /// <summary>The two names of the header in one piece, as far as the header has them.</summary>
    public string? HeaderText { get; set; }

    /// <summary>The path of a combined diff, which its header gives without prefix.</summary>
    public string? CombinedPath { get; set; }

    public string? MovedFrom { get; set; }

    public string? MovedTo { get; set; }

    public bool IsCopy { get; set; }

    public bool IsAdded { get; set; }

    public bool IsDeleted { get; set; }

    /// <summary>The time of the side is the epoch: plain diff's way to say that there is no such file, or that it is very old.</summary>
    public (bool Old, bool New) EpochTimes { get; set; }

    public string? OldMode { get; set; }

    public string? NewMode { get; set; }

    public int? Similarity { get; set; }

    public string? OldBlobId { get; set; }

    public string? NewBlobId { get; set; }

    public bool IsBinary { get; set; }

    public string? BinaryPatch { get; set; }

    public bool IsCombined { get; set; }

    /// <summary>The header's own lines end in CRLF, so one CR at the end of each line of the hunks is not the file's.</summary>
    public bool TravelledAsCrlf { get; set; }

    public bool IsComplete { get; private set; } = true;

    public bool HasHunks => _hunks.Count > 0;

    public void Damage(int line, string message)
    {
        IsComplete = false;
        problems.Add(line, message);
    }

    public void Add(Hunk hunk)
    {
        _hunks.Add(hunk);
        IsComplete &= hunk.IsComplete;
        if (!IsCombined)
            CheckPlace(hunk);
        _oldEnd = hunk.Old.LinesBefore + hunk.OldCount;
        _oldLines += hunk.OldCount;
        _newLines += hunk.NewCount;
    }

    /// <summary>The new start of a hunk follows from its old start and the hunks above; a reviewer's line numbers depend on it.</summary>
    private void CheckPlace(Hunk hunk)
    {
        if (hunk.Old.LinesBefore < _oldEnd)
            Damage(hunk.DiffLineNumber, "The hunk begins before the end of the hunk above.");
        else if ((long)hunk.New.LinesBefore - hunk.Old.LinesBefore != (long)_newLines - _oldLines)
            Damage(hunk.DiffLineNumber, "The hunk's place in the new file does not follow from the old one and the hunks above.");
    }

    public FileDiff Finish()
    {
        var (oldPath, newPath) = CombinedPath is null ? ResolvePaths() : ResolveCombinedPaths(CombinedPath);
        var change = ResolveChange();
        var lines = _hunks.SelectMany(hunk => hunk.Lines);
        return new FileDiff
        {
            OldPath = change == FileChange.Added ? null : oldPath,
            NewPath = change == FileChange.Deleted ? null : newPath,
            Change = change,
            OldMode = OldMode,
            NewMode = NewMode,
            Similarity = Similarity,
            OldBlobId = OldBlobId,
            NewBlobId = NewBlobId,
            IsBinary = IsBinary,
            BinaryPatch = BinaryPatch,
            IsCombined = IsCombined,
            IsComplete = IsComplete,
            Hunks = _hunks.ToArray(),
            AddedLines = lines.Count(line => line.Kind == DiffLineKind.Added),
            DeletedLines = lines.Count(line => line.Kind == DiffLineKind.Removed),
            DiffLineNumber = headerLine,
        };
    }

    private FileChange ResolveChange()
    {
        var hunk = _hunks.Count == 1 ? _hunks[0] : null;
        var isAdded = IsAdded || FileLineNames?.Old == DiffNames.NoFile
            || (EpochTimes.Old && hunk is { OldStart: 0, OldCount: 0 });
        var isDeleted = IsDeleted || FileLineNames?.New == DiffNames.NoFile
            || (EpochTimes.New && hunk is { NewStart: 0, NewCount: 0 });
        var isMoved = MovedFrom is not null && MovedTo is not null;
        if ((isAdded ? 1 : 0) + (isDeleted ? 1 : 0) + (isMoved ? 1 : 0) > 1)
        {
            Damage(headerLine, "The file is said to be more than one of added, deleted and moved.");
            return FileChange.Modified;
        }
        if (isAdded)
            return FileChange.Added;
        if (isDeleted)
            return FileChange.Deleted;
        if (isMoved)
            return IsCopy ? FileChange.Copied : FileChange.Renamed;
        return OldMode != NewMode && !HasHunks && !IsBinary ? FileChange.ModeChanged : FileChange.Modified;
    }

    private (string? Old, string? New) ResolvePaths()
    {
        if (HeaderText is not null && FileLineNames is { } lines)
        {
            GitNames ??= DiffNames.SplitGitHeader(HeaderText, lines.Old, lines.New);
            if (GitNames is not { } git || !IsSameOrNone(lines.Old, git.Old) || !IsSameOrNone(lines.New, git.New))
            {
                Damage(headerLine, "The --- and +++ lines name other files than the diff --git line; theirs are taken.");
                GitNames = null;
            }
        }
        if (MovedFrom is not null && MovedTo is not null)
            return ResolveMove(MovedFrom, MovedTo);
        if (MovedFrom is not null || MovedTo is not null)
            Damage(headerLine, "The file is moved or copied, but one of the two paths is missing.");
        if (GitNames is { } names)
            return StripGitNames(names.Old, names.New);
        if (FileLineNames is { } fileLines)
            return StripFileLineNames(fileLines.Old, fileLines.New);
        return HeaderText is null ? (null, null) : GuessPaths(HeaderText);
    }

    private (string? Old, string? New) GuessPaths(string header)
    {
        if (!IsQuoted && DiffNames.GuessGitHeader(header) is { } guess)
            return StripGitNames(guess.Old, guess.New);
        Damage(headerLine, $"The names in {DiffProblems.Excerpt(header)} cannot be told apart.");
        return (header, header);
    }

    private static bool IsSameOrNone(string name, string gitName) => name == gitName || name == DiffNames.NoFile;

    private (string? Old, string? New) ResolveMove(string from, string to)
    {
        var names = FileLineNames ?? (IsQuoted ? GitNames : null);
        var agrees = names is { } both
            ? both.Old.EndsWith(from, StringComparison.Ordinal) && both.New.EndsWith(to, StringComparison.Ordinal)
            : IsQuoted || HeaderText is null || (HeaderText.EndsWith(to, StringComparison.Ordinal) && HeaderText.Contains(from + " ", StringComparison.Ordinal));
        if (!agrees)
            Damage(headerLine, "The lines about the move name other files than the rest of the header; theirs are taken.");
        return (from, to);
    }

    private bool IsQuoted => HeaderText is ['"', ..] or [.., '"'];

    private (string? Old, string? New) StripGitNames(string old, string @new)
    {
        // Without lines about a move the names are of one file, except when git compared two files outside a repository.
        if (DiffNames.StripAnyPrefixes(old, @new) is not { } stripped)
        {
            problems.Add(headerLine, "The names of the file differ by more than their prefixes; they are taken as they stand.");
            return (old, @new);
        }
        // A prefix of several folders is rare, and a way to make one file look like another.
        if (old.Length - stripped.Old.Length > old.IndexOf('/') + 1 || @new.Length - stripped.New.Length > @new.IndexOf('/') + 1)
            problems.Add(headerLine, $"The prefixes are guessed: {DiffProblems.Excerpt(old)} and {DiffProblems.Excerpt(@new)} share only {DiffProblems.Excerpt(stripped.New)}.");
        return stripped;
    }

    private static (string? Old, string? New) StripFileLineNames(string old, string @new)
    {
        if (old == DiffNames.NoFile)
            return (null, @new.StartsWith("b/", StringComparison.Ordinal) ? @new[2..] : @new);
        if (@new == DiffNames.NoFile)
            return (old.StartsWith("a/", StringComparison.Ordinal) ? old[2..] : old, null);
        return DiffNames.StripPrefixes(old, @new);
    }

    private (string? Old, string? New) ResolveCombinedPaths(string path)
    {
        if (FileLineNames is not { } names || names.Old == DiffNames.NoFile || names.New == DiffNames.NoFile)
            return (path, path);
        var (old, @new) = DiffNames.StripPrefixes(names.Old, names.New);
        if (@new == path)
            return (old, path);
        if (!@new.EndsWith(path, StringComparison.Ordinal))
            Damage(headerLine, "The +++ line names another file than the header; the header's is taken.");
        return (path, path);
    }
}
