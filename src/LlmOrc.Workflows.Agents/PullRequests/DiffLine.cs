namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Which side of a change a line is on.</summary>
public enum DiffLineKind
{
    /// <summary>On both sides.</summary>
    Context,

    /// <summary>On the new side only.</summary>
    Added,

    /// <summary>On the old side only.</summary>
    Removed,
}

/// <summary>One line of a hunk. A struct, because a large diff has millions of them.</summary>
/// <param name="Kind">In a combined diff: removed if any parent loses the line, added if any parent lacks it.</param>
/// <param name="Text">The line without its mark and without LF. A CR before the LF is part of the text.</param>
/// <param name="OldNumber">The line's number in the old file (of the first parent), from 1; null when it is not there.</param>
/// <param name="NewNumber">The line's number in the new file, from 1; null when it is not there.</param>
/// <param name="NoNewlineAtEnd">The file ends with this line, without an LF.</param>
public readonly record struct DiffLine(DiffLineKind Kind, string Text, int? OldNumber, int? NewNumber, bool NoNewlineAtEnd);
