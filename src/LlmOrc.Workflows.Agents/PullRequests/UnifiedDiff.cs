namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>
/// What a text in unified diff format says: the files it changes, and what in it could not be read.
/// </summary>
/// <remarks>
/// Read are git's diffs (any prefixes, renames, modes, binary files, submodules, combined diffs of merges), plain
/// <c>diff -u</c> output, and both inside mails of <c>git format-patch</c> or the output of <c>git show</c>.
/// Paths and texts are what the diff says and as little to be trusted as their author.
/// </remarks>
public sealed record UnifiedDiff
{
    /// <summary>The changed files, in the order of the diff. A diff of several commits may name a file more than once.</summary>
    public required IReadOnlyList<FileDiff> Files { get; init; }

    /// <summary>What was damaged, contradictory or left out, at most 1,000 and then one that counts the rest; empty for a sound diff.</summary>
    public required IReadOnlyList<DiffProblem> Problems { get; init; }

    /// <summary>
    /// Reads <paramref name="diff"/> in one pass, with time and memory in proportion to its length. Text that is wrong never
    /// throws: what can be read is in <see cref="Files"/>, the rest is named in <see cref="Problems"/>.
    /// Only prose around the files (mail headers, commit messages, signatures) is passed over without a word.
    /// </summary>
    /// <param name="diff">The text. Bytes that are not UTF-8 survive when it was decoded as Latin-1.</param>
    /// <exception cref="ArgumentNullException"><paramref name="diff"/> is null.</exception>
    public static UnifiedDiff Parse(string diff)
    {
        ArgumentNullException.ThrowIfNull(diff);
        return new DiffReader(diff).Read();
    }
}
