namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Walks a text line by line. Only LF ends a line: CR, form feed and Unicode's separators are text.</summary>
internal sealed class DiffCursor
{
    private readonly string _text;
    private int _end;

    public DiffCursor(string text)
    {
        _text = text;
        // A byte order mark comes from shells that write one when output is sent to a file.
        MoveTo(text.StartsWith('\uFEFF') ? 1 : 0, lineNumber: 1);
    }

    /// <summary>Where the current line begins.</summary>
    public int Offset { get; private set; }

    /// <summary>From 1.</summary>
    public int LineNumber { get; private set; }

    public bool AtEnd => Offset >= _text.Length;

    /// <summary>The current line without its LF.</summary>
    public ReadOnlySpan<char> Line => _text.AsSpan(Offset, _end - Offset);

    /// <summary>The current line as a header: a CR at its end belongs to the way the diff travelled.</summary>
    public ReadOnlySpan<char> Header => EndsInCr ? Line[..^1] : Line;

    public bool EndsInCr => Line.EndsWith('\r');

    public bool StartsWith(string prefix) => Line.StartsWith(prefix, StringComparison.Ordinal);

    public void Advance() => MoveTo(_end + 1, LineNumber + 1);

    /// <summary>The line that many lines below, empty past the end. Reads them again: for one or two lines only.</summary>
    public ReadOnlySpan<char> Peek(int linesBelow)
    {
        var start = _end + 1;
        while (--linesBelow > 0 && start < _text.Length)
            start = EndOfLine(start) + 1;
        return start < _text.Length ? _text.AsSpan(start, EndOfLine(start) - start) : [];
    }

    /// <summary>Makes a line current again that has been. Reads those lines again: for one or two only.</summary>
    public void MoveBack(int lines)
    {
        var start = Offset;
        for (var back = 0; back < lines; back++)
            start = _text.LastIndexOf('\n', start - 2) + 1;
        MoveTo(start, LineNumber - lines);
    }

    public string TextSince(int offset) => _text[offset..Offset];

    private void MoveTo(int offset, int lineNumber)
    {
        Offset = Math.Min(offset, _text.Length);
        LineNumber = lineNumber;
        _end = EndOfLine(Offset);
    }

    private int EndOfLine(int start)
    {
        var newline = _text.IndexOf('\n', start);
        return newline < 0 ? _text.Length : newline;
    }
}
