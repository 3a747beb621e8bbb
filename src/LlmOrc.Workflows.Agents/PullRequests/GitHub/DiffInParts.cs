using System.Text;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>
/// Puts a diff together from the list of changed files, each a part as git would write it; and says of which files GitHub does not give all.
/// What it does not say either (modes, similarity, object ids) is left out, and not invented.
/// </summary>
internal sealed class DiffInParts
{
    private const int LongestShownPath = 300;

    private readonly StringBuilder _diff = new();
    private readonly List<PullRequestProblem> _leftOut = [];
    private readonly List<string> _moved = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private int _line = 1;

    public int Files { get; private set; }

    /// <summary>Characters so far.</summary>
    public int Length => _diff.Length;

    /// <summary>Whether a file came twice: the list has changed from one page to the next.</summary>
    public bool HasDuplicates => _paths.Count < Files;

    public void Add(ListedFile file)
    {
        Files++;
        _paths.Add(file.Path);
        var part = Part(file);
        if (Problem(file, part) is { } problem)
            _leftOut.Add(new(_line, problem));
        _diff.Append(part);
        _line += part.AsSpan().Count('\n');
    }

    /// <param name="changedFiles">How many there should be.</param>
    public (string Diff, IReadOnlyList<PullRequestProblem> LeftOut) Finish(int changedFiles)
    {
        var all = new List<PullRequestProblem>();
        // These first, because only the first problems may be shown; at the end of the diff, because they are of no single file.
        if (changedFiles > Files)
            all.Add(new(_line, $"GitHub lists {ListedFile.MostFiles:N0} files of a pull request at most, and this one changes {changedFiles:N0}: {changedFiles - Files:N0} of them are not in this diff."));
        if (_leftOut.Count > 1)
            all.Add(new(_line, $"Of {_leftOut.Count:N0} of the {Files:N0} files GitHub does not give all that has changed; each says so where it stands in the diff."));
        if (_moved.Count > 0)
            all.Add(new(_line, $"GitHub names no changed line of {_moved.Count:N0} moved files: each is as it was, or binary: {string.Join(", ", _moved.Take(10))}{(_moved.Count > 10 ? ", …" : "")}."));
        all.AddRange(_leftOut);
        return (_diff.ToString(), all);
    }

    private string? Problem(ListedFile file, string part)
    {
        var path = DiffProblems.Excerpt(file.Path, LongestShownPath);
        if (file.Patch is null)
        {
            var isMoved = file.Change is FileChange.Renamed or FileChange.Copied;
            if (file.HasChangedLines)
                return $"GitHub leaves out the patch of {path}, which adds {file.Additions:N0} and removes {file.Deletions:N0} lines: look at it yourself.";
            if (isMoved)
                _moved.Add(path);
            return isMoved || file.IsEmpty ? null : $"GitHub gives no lines of {path}: it is binary, too large, or only its mode has changed.";
        }

        var read = UnifiedDiff.Parse(part);
        return read.Files is [{ IsComplete: true } one] && (one.AddedLines, one.DeletedLines) == (file.Additions, file.Deletions)
            ? null
            : $"The patch that GitHub gives of {path} is not all of its change, which adds {file.Additions:N0} and removes {file.Deletions:N0} lines: look at it yourself.";
    }

    private static string Part(ListedFile file)
    {
        var (old, @new) = (file.PreviousPath ?? file.Path, file.Path);
        var part = new StringBuilder($"diff --git {QuotedPath.Write($"a/{old}")} {QuotedPath.Write($"b/{@new}")}\n");
        switch (file.Change)
        {
            case FileChange.Renamed:
                part.Append($"rename from {QuotedPath.Write(old)}\nrename to {QuotedPath.Write(@new)}\n");
                break;
            case FileChange.Copied:
                part.Append($"copy from {QuotedPath.Write(old)}\ncopy to {QuotedPath.Write(@new)}\n");
                break;
            // With hunks the names say it. The mode is git's usual one; GitHub does not say which it is.
            case FileChange.Added when file.Patch is null:
                part.Append("new file mode 100644\n");
                break;
            case FileChange.Deleted when file.Patch is null:
                part.Append("deleted file mode 100644\n");
                break;
        }

        if (file.Patch is { } patch)
        {
            part.Append($"--- {(file.Change == FileChange.Added ? DiffNames.NoFile : FileLine($"a/{old}"))}\n");
            part.Append($"+++ {(file.Change == FileChange.Deleted ? DiffNames.NoFile : FileLine($"b/{@new}"))}\n");
            part.Append(patch);
            if (!patch.EndsWith('\n'))
                part.Append('\n');
        }
        else if (file.HasChangedLines)
        {
            // For whoever reads the diff and not the problems; readers of diffs pass over it.
            part.Append($"(GitHub leaves out the {file.Additions} added and {file.Deletions} removed lines of this file.)\n");
        }

        return part.ToString();
    }

    // As git does: without the tab a name with a space could be followed by anything.
    private static string FileLine(string name) => QuotedPath.Write(name) is var written && written.Contains(' ') && !written.StartsWith('"') ? $"{written}\t" : written;
}
