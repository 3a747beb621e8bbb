using System.Text;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>One walk through an old text that writes the new one.</summary>
internal sealed class HunkApplication(FileDiff file, string old)
{
    private readonly StringBuilder _result = new(old.Length);
    private int _offset;
    private int _oldLines;
    private int _newLines;
    private bool _lineIsOpen;

    public string Run()
    {
        RefuseWhatCannotBeApplied();
        foreach (var hunk in file.Hunks)
            Apply(hunk);
        Copy(old.Length);
        if (file.Change == FileChange.Deleted && _result.Length > 0)
            throw Refuse("the file is deleted, but the old text has more lines than the diff removes");
        return _result.ToString();
    }

    private void RefuseWhatCannotBeApplied()
    {
        if (file.IsBinary)
            throw Refuse("it is a binary file");
        if (file.IsCombined)
            throw Refuse("a combined diff has several old sides; make a diff against one parent");
        if (!file.IsComplete)
            throw Refuse("part of its diff could not be read; see the problems of the diff");
        if (file.Change == FileChange.Added && old.Length > 0)
            throw Refuse("the file is added, but the old text is not empty");
    }

    private void Apply(Hunk hunk)
    {
        CopyLinesBefore(hunk);
        if (_newLines != hunk.New.LinesBefore)
            throw Refuse(hunk, $"it says new line {hunk.NewStart}, but {_newLines} new lines stand before it");
        foreach (var line in hunk.Lines)
        {
            if (line.Kind != DiffLineKind.Added)
                Match(hunk, line);
            if (line.Kind != DiffLineKind.Removed)
                Append(hunk, line);
        }
    }

    private void CopyLinesBefore(Hunk hunk)
    {
        if (hunk.Old.LinesBefore < _oldLines)
            throw Refuse(hunk, "it begins before the end of the hunk above");
        var end = _offset;
        for (; _oldLines < hunk.Old.LinesBefore; _oldLines++, _newLines++)
        {
            if (end == old.Length)
                throw Refuse(hunk, $"it begins at old line {hunk.OldStart}, but the old text has {_oldLines} lines");
            var newline = old.IndexOf('\n', end);
            end = newline < 0 ? old.Length : newline + 1;
        }
        Copy(end);
    }

    private void Copy(int end)
    {
        if (end == _offset)
            return;
        if (_lineIsOpen)
            throw Refuse("lines follow one that the diff says is the last");
        _result.Append(old, _offset, end - _offset);
        _lineIsOpen = old[end - 1] != '\n';
        _offset = end;
    }

    private void Match(Hunk hunk, DiffLine line)
    {
        if (_offset == old.Length)
            throw Refuse(hunk, $"the old text ends before line {line.OldNumber}");
        var newline = old.IndexOf('\n', _offset);
        var end = newline < 0 ? old.Length : newline;
        if (!old.AsSpan(_offset, end - _offset).SequenceEqual(line.Text))
            throw Refuse(hunk, $"line {line.OldNumber} of the old text is another one");
        if (newline < 0 != line.NoNewlineAtEnd)
            throw Refuse(hunk, $"the diff and the old text disagree whether line {line.OldNumber} is the last one, without a line end");
        _offset = newline < 0 ? end : end + 1;
        _oldLines++;
    }

    private void Append(Hunk hunk, DiffLine line)
    {
        if (_lineIsOpen)
            throw Refuse(hunk, $"new line {line.NewNumber} follows one that has no line end");
        _result.Append(line.Text);
        if (!line.NoNewlineAtEnd)
            _result.Append('\n');
        _lineIsOpen = line.NoNewlineAtEnd;
        _newLines++;
    }

    private DiffDoesNotApplyException Refuse(string reason) =>
        new($"The diff of {DiffProblems.Excerpt(file.Path)} does not apply: {reason}.");

    private DiffDoesNotApplyException Refuse(Hunk hunk, string reason) =>
        new($"The diff of {DiffProblems.Excerpt(file.Path)} does not apply; hunk at line {hunk.DiffLineNumber} of the diff: {reason}.");
}
