using System.Text.Json;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>A changed file as GitHub's list of them has it.</summary>
internal sealed record ListedFile
{
    /// <summary>As many as GitHub gives at once.</summary>
    public const int FilesPerPage = 100;

    /// <summary>As many as GitHub gives of one pull request.</summary>
    public const int MostFiles = 3_000;

    // Git's id of nothing: a file that is added or removed empty has no lines to show.
    private const string EmptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    public required string Path { get; init; }

    /// <summary>Where it was; null where it stayed.</summary>
    public string? PreviousPath { get; init; }

    public required FileChange Change { get; init; }

    public required int Additions { get; init; }

    public required int Deletions { get; init; }

    public bool HasChangedLines => (Additions, Deletions) != (0, 0);

    /// <summary>Its hunks; null where GitHub leaves them out: of binary files, of large ones, and where no line has changed.</summary>
    public string? Patch { get; init; }

    /// <summary>Whether it is there without lines, and that is all there is to say.</summary>
    public bool IsEmpty { get; init; }

    /// <exception cref="FailureException">It is no such list.</exception>
    public static IReadOnlyList<ListedFile> ReadPage(PullRequestAddress address, byte[] utf8)
    {
        try
        {
            return [.. JsonElement.Parse(utf8).EnumerateArray().Select(Read)];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw GitHubFailures.Refused(address, $"its list of files is none ({exception.Message})");
        }
    }

    private static ListedFile Read(JsonElement file)
    {
        var change = file.GetProperty("status").GetString() switch
        {
            "added" => FileChange.Added,
            "removed" => FileChange.Deleted,
            "renamed" => FileChange.Renamed,
            "copied" => FileChange.Copied,
            // modified, changed (its kind or mode), unchanged, and what they may think of.
            _ => FileChange.Modified,
        };
        return new()
        {
            Path = Text("filename"),
            PreviousPath = change is FileChange.Renamed or FileChange.Copied ? Text("previous_filename") : null,
            Change = change,
            Additions = file.GetProperty("additions").GetInt32(),
            Deletions = file.GetProperty("deletions").GetInt32(),
            Patch = file.TryGetProperty("patch", out var patch) && patch.GetString() is { Length: > 0 } hunks ? hunks : null,
            IsEmpty = change is FileChange.Added or FileChange.Deleted && file.TryGetProperty("sha", out var sha) && sha.GetString() == EmptyBlob,
        };

        string Text(string name) => file.GetProperty(name).GetString() is { Length: > 0 } text ? text : throw new FormatException($"'{name}' is empty");
    }
}
