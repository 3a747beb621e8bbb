namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>The place of a hunk in one file.</summary>
/// <param name="Start">The first line, from 1; with a count of 0, the line after which the hunk stands.</param>
/// <param name="Count">How many lines of that file the hunk covers.</param>
public readonly record struct HunkRange(int Start, int Count)
{
    /// <summary>How many lines of the file stand before the hunk.</summary>
    internal int LinesBefore => Count == 0 ? Start : Start - 1;
}

/// <summary>A run of changed lines with the context around them.</summary>
public sealed record Hunk
{
    /// <summary>As the header says. In a combined diff the range of the first parent.</summary>
    public required int OldStart { get; init; }

    public required int OldCount { get; init; }

    public required int NewStart { get; init; }

    public required int NewCount { get; init; }

    /// <summary>What follows the ranges in the header, mostly the enclosing function; empty when there is nothing.</summary>
    public required string Section { get; init; }

    public required IReadOnlyList<DiffLine> Lines { get; init; }

    /// <summary>False when there were fewer lines than the header counts, or others; <see cref="Lines"/> then holds those that fit.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>The line of the diff with the <c>@@</c>, from 1.</summary>
    public required int DiffLineNumber { get; init; }

    /// <summary>Combined diffs: one range per parent, the first of them repeated in <see cref="OldStart"/>. Otherwise empty.</summary>
    public IReadOnlyList<HunkRange> ParentRanges { get; init; } = [];

    /// <summary>
    /// Combined diffs: for each of <see cref="Lines"/> its marks, one character per parent (<c>"+ "</c>: not in the first parent,
    /// in the second). Otherwise empty.
    /// </summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    internal HunkRange Old => new(OldStart, OldCount);

    internal HunkRange New => new(NewStart, NewCount);
}
