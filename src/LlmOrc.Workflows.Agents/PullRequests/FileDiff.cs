namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>What happened to a file as a whole.</summary>
public enum FileChange
{
    /// <summary>Text, or mode and text, of a file that stays where it is.</summary>
    Modified,
    Added,
    Deleted,

    /// <summary>Moved, perhaps with changes.</summary>
    Renamed,

    /// <summary>Made from another file that stays, perhaps with changes.</summary>
    Copied,

    /// <summary>Only the mode changed.</summary>
    ModeChanged,
}

/// <summary>The change of one file.</summary>
public sealed record FileDiff
{
    /// <summary>
    /// The path before, without prefix (<c>a/</c>) and quotes; null for an added file, and for hunks that no file header precedes.
    /// A plain <c>diff -u</c> names the compared files, so that both paths of a modified file may differ (<c>x.c.orig</c>, <c>x.c</c>).
    /// A quoted path whose bytes are not UTF-8 stays as the diff writes it, quotes included.
    /// </summary>
    public required string? OldPath { get; init; }

    /// <summary>The path after; null for a deleted file.</summary>
    public required string? NewPath { get; init; }

    public required FileChange Change { get; init; }

    /// <summary>
    /// Git's mode before, in octal (<c>100644</c>, <c>100755</c>, <c>120000</c> symbolic link, <c>160000</c> submodule);
    /// null when the diff does not say. In a combined diff one per parent, with commas.
    /// </summary>
    public string? OldMode { get; init; }

    /// <inheritdoc cref="OldMode"/>
    public string? NewMode { get; init; }

    /// <summary>Percent of the old text that is still there, 0 to 100, where git says so (renames, copies, rewrites).</summary>
    public int? Similarity { get; init; }

    /// <summary>The object ids of the <c>index</c> line, often shortened.</summary>
    public string? OldBlobId { get; init; }

    /// <inheritdoc cref="OldBlobId"/>
    public string? NewBlobId { get; init; }

    /// <summary>The files differ as bytes; there are no hunks.</summary>
    public bool IsBinary { get; init; }

    /// <summary>The text of a <c>GIT binary patch</c>, not decoded.</summary>
    public string? BinaryPatch { get; init; }

    /// <summary>A merge against several parents at once: see <see cref="Hunk.ParentRanges"/> and <see cref="Hunk.Columns"/>.</summary>
    public bool IsCombined { get; init; }

    /// <summary>False when part of this file's diff could not be read; a <see cref="DiffProblem"/> says which.</summary>
    public required bool IsComplete { get; init; }

    public required IReadOnlyList<Hunk> Hunks { get; init; }

    /// <summary>How many lines of the hunks are added.</summary>
    public required int AddedLines { get; init; }

    /// <summary>How many lines of the hunks are removed.</summary>
    public required int DeletedLines { get; init; }

    /// <summary>The line of the diff where this file begins, from 1.</summary>
    public required int DiffLineNumber { get; init; }

    /// <summary>The path to show: the new one, or that of a deleted file; empty when the diff names none.</summary>
    public string Path => NewPath ?? OldPath ?? "";

    /// <summary>The file is a commit of another repository.</summary>
    public bool IsSubmodule => (NewMode ?? OldMode) is "160000";

    /// <summary>
    /// Rebuilds the new text from the old one. Every line of the hunks must stand exactly where the hunk says, ends of lines
    /// included: nothing is searched for. The old text of an added file is empty, and so is the new text of a deleted one.
    /// </summary>
    /// <exception cref="ArgumentNullException"><paramref name="old"/> is null.</exception>
    /// <exception cref="DiffDoesNotApplyException">
    /// <paramref name="old"/> is not the text that the diff was made from, the diff is damaged, or it is binary or combined.
    /// </exception>
    public string ApplyTo(string old)
    {
        ArgumentNullException.ThrowIfNull(old);
        return new HunkApplication(this, old).Run();
    }
}
