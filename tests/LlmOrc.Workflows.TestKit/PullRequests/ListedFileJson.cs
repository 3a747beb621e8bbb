using System.Text.Json.Serialization;
using LlmOrc.Workflows.Agents.PullRequests;

namespace LlmOrc.Workflows.TestKit.PullRequests;

/// <summary>A changed file as GitHub's REST API lists it.</summary>
public sealed record ListedFileJson
{
    [JsonPropertyName("sha")]
    public string Sha { get; init; } = "bbcd538c8e72b8c175046e27cc8f907076331401";

    [JsonPropertyName("filename")]
    public required string FileName { get; init; }

    [JsonPropertyName("status")]
    public string Status { get; init; } = "modified";

    [JsonPropertyName("additions")]
    public int Additions { get; init; }

    [JsonPropertyName("deletions")]
    public int Deletions { get; init; }

    [JsonPropertyName("changes")]
    public int Changes => Additions + Deletions;

    [JsonPropertyName("contents_url")]
    public string ContentsUrl => $"https://api.github.com/repos/acme/shop/contents/{FileName}?ref=abc123";

    [JsonPropertyName("patch"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Patch { get; init; }

    [JsonPropertyName("previous_filename"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PreviousFileName { get; init; }

    /// <summary>The files of a diff: with their hunks, without all that GitHub leaves out (modes, similarity, what is binary).</summary>
    public static IReadOnlyList<ListedFileJson> Of(string diff)
    {
        ArgumentNullException.ThrowIfNull(diff);
        var lines = diff.Split('\n');
        var files = UnifiedDiff.Parse(diff).Files;
        return [.. files.Select((file, at) => Of(file, lines[(file.DiffLineNumber - 1)..(at + 1 < files.Count ? files[at + 1].DiffLineNumber - 1 : lines.Length - 1)]))];
    }

    private static ListedFileJson Of(FileDiff file, string[] lines)
    {
        var hunks = file.Hunks.Count == 0 ? null : string.Join('\n', lines.SkipWhile(l => !l.StartsWith("@@ ", StringComparison.Ordinal)));
        return new()
        {
            FileName = file.Path,
            Status = file.Change switch
            {
                FileChange.Added => "added",
                FileChange.Deleted => "removed",
                FileChange.Renamed => "renamed",
                FileChange.Copied => "copied",
                _ => "modified",
            },
            Additions = file.AddedLines,
            Deletions = file.DeletedLines,
            Patch = hunks,
            PreviousFileName = file.Change is FileChange.Renamed or FileChange.Copied ? file.OldPath : null,
        };
    }
}
