using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>A change to be reviewed: what its author says, and what its diff says. All of it is text of somebody outside.</summary>
public sealed record PullRequest
{
    [JsonPropertyName("title")]
    public required string Title { get; init; }

    /// <summary>Empty where there is none.</summary>
    [JsonPropertyName("description")]
    public required string Description { get; init; }

    [JsonPropertyName("files")]
    public required IReadOnlyList<ChangedFile> Files { get; init; }

    /// <summary>Paths of the changed files; as the caller gave them, or from the diff.</summary>
    [JsonPropertyName("filesChanged")]
    public required IReadOnlyList<string> FilesChanged { get; init; }

    /// <summary>Added lines of all files.</summary>
    [JsonPropertyName("additions")]
    public required int Additions { get; init; }

    /// <summary>Removed lines of all files.</summary>
    [JsonPropertyName("deletions")]
    public required int Deletions { get; init; }

    /// <summary>The diff, whole.</summary>
    [JsonPropertyName("diff")]
    public required string Diff { get; init; }

    /// <summary>What of the diff could not be read.</summary>
    [JsonPropertyName("problems")]
    public required IReadOnlyList<PullRequestProblem> Problems { get; init; }

    // A prompt takes 4 Mi characters, and the diff is not alone in it.
    private const int MaxDiffLength = 3_500_000;

    // A template takes 10,000 steps, and lists the files.
    private const int MaxFiles = 5_000;

    /// <param name="title">Blank: <c>Untitled change</c>.</param>
    /// <param name="filesChanged">Empty: those of the diff.</param>
    /// <param name="leftOut">What of the change is known not to be in the diff, with the lines of it where it would stand.</param>
    /// <exception cref="FailureException">The text changes no file, or fits no prompt.</exception>
    public static PullRequest From(string diff, string? title, string? description, IReadOnlyList<string> filesChanged, IReadOnlyList<PullRequestProblem>? leftOut = null)
    {
        ArgumentNullException.ThrowIfNull(diff);
        ArgumentNullException.ThrowIfNull(filesChanged);
        if (diff.Length > MaxDiffLength)
            throw TooLarge(diff);
        var parsed = UnifiedDiff.Parse(diff);
        if (parsed.Files.Count == 0)
            throw WithoutFiles(diff, parsed);
        if (parsed.Files.Count > MaxFiles)
            throw TooManyFiles(parsed.Files.Count);

        var damaged = (leftOut ?? []).Select(p => p.Line).ToHashSet();
        return new()
        {
            Title = string.IsNullOrWhiteSpace(title) ? "Untitled change" : title.Trim(),
            Description = description?.Trim() ?? "",
            Files = [.. parsed.Files.Select(f => ChangedFile.From(f, isWhole: !damaged.Contains(f.DiffLineNumber)))],
            FilesChanged = filesChanged.Count > 0 ? filesChanged : [.. parsed.Files.Select(f => f.Path).Distinct(StringComparer.Ordinal)],
            Additions = parsed.Files.Sum(f => f.AddedLines),
            Deletions = parsed.Files.Sum(f => f.DeletedLines),
            Diff = diff,
            Problems = [.. leftOut ?? [], .. parsed.Problems.Select(p => new PullRequestProblem(p.Line, p.Message))],
        };
    }

    // All are final: a run keeps the diff it was started with.
    private static FailureException TooLarge(string diff) => new(new()
    {
        Type = "DiffTooLarge",
        Message = $"The diff has {diff.Length:N0} characters; {MaxDiffLength:N0} at most fit a prompt. Leave out generated files, or review it in parts: git diff -- PATH.",
        IsFinal = true,
    });

    private static FailureException TooManyFiles(int count) => new(new()
    {
        Type = "DiffTooLarge",
        Message = $"The diff changes {count:N0} files; {MaxFiles:N0} at most can be reviewed at once. Leave out generated files, or review it in parts: git diff -- PATH.",
        IsFinal = true,
    });

    private static FailureException WithoutFiles(string diff, UnifiedDiff parsed)
    {
        var why = string.IsNullOrWhiteSpace(diff) ? "it is empty" : parsed.Problems is [var first, ..] ? $"line {first.Line}: {first.Message}" : "it has no file headers";
        return new(new()
        {
            Type = "DiffWithoutFiles",
            Message = $"There is no changed file in the diff ({why.TrimEnd('.')}). Give the output of `git diff`, or of `diff -u old new`.",
            IsFinal = true,
        });
    }
}

/// <summary>A file of a change, without its lines: those are in the diff.</summary>
/// <param name="OldPath">Where it was; null for an added file.</param>
/// <param name="Change">modified, added, deleted, renamed, copied or modeChanged.</param>
/// <param name="IsComplete">Whether all of its diff is there and could be read.</param>
public sealed record ChangedFile(
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("oldPath")] string? OldPath,
    [property: JsonPropertyName("change")] string Change,
    [property: JsonPropertyName("additions")] int Additions,
    [property: JsonPropertyName("deletions")] int Deletions,
    [property: JsonPropertyName("isBinary")] bool IsBinary,
    [property: JsonPropertyName("isComplete")] bool IsComplete,
    [property: JsonPropertyName("hunks")] IReadOnlyList<ChangedLines> Hunks)
{
    internal static ChangedFile From(FileDiff file, bool isWhole) => new(
        file.Path, file.OldPath, Name(file.Change), file.AddedLines, file.DeletedLines, file.IsBinary, file.IsComplete && isWhole,
        [.. file.Hunks.Select(h => new ChangedLines(h.OldStart, h.OldCount, h.NewStart, h.NewCount, h.Section))]);

    private static string Name(FileChange change) => change switch
    {
        FileChange.Modified => "modified",
        FileChange.Added => "added",
        FileChange.Deleted => "deleted",
        FileChange.Renamed => "renamed",
        FileChange.Copied => "copied",
        FileChange.ModeChanged => "modeChanged",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Not a kind of change."),
    };
}

/// <summary>Where a hunk stands. Lines count from 1.</summary>
/// <param name="Section">Mostly the enclosing function; empty where the diff does not say.</param>
public sealed record ChangedLines(
    [property: JsonPropertyName("oldStart")] int OldStart,
    [property: JsonPropertyName("oldCount")] int OldCount,
    [property: JsonPropertyName("newStart")] int NewStart,
    [property: JsonPropertyName("newCount")] int NewCount,
    [property: JsonPropertyName("section")] string Section);

/// <summary>Something in the diff that could not be read.</summary>
/// <param name="Line">Line of the diff, from 1.</param>
public sealed record PullRequestProblem(
    [property: JsonPropertyName("line")] int Line,
    [property: JsonPropertyName("message")] string Message);
