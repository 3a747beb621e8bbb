using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Agents.PullRequests;
using LlmOrc.Workflows.Agents.PullRequests.GitHub;
using LlmOrc.Workflows.TestKit.PullRequests;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests.GitHub;

/// <summary>A diff put together from GitHub's list of files says what the whole one would have said.</summary>
public sealed class DiffInPartsTests(ITestOutputHelper output)
{
    [Fact]
    public void Files_of_real_diffs_come_out_with_their_names_and_hunks()
    {
        var seed = Environment.GetEnvironmentVariable("DIFF_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        using var repository = new ScratchRepository();
        for (var round = 0; round < 4; round++)
        {
            var tree = new RandomTree(new Random(seed + round), withBytesOutsideUtf8: false);
            var before = tree.Make(70);
            repository.Write(before);
            repository.Commit("before");
            repository.Write(tree.Change(before));
            repository.Git("add", "--all");
            var diff = Encoding.UTF8.GetString(repository.Git("-c", "core.quotePath=false", "diff", "-M", "--cached"));

            var (assembled, _) = Assemble([.. ListedFileJson.Of(diff)]);

            var (expected, read) = (UnifiedDiff.Parse(diff), UnifiedDiff.Parse(assembled));
            Assert.True(read.Problems.Count == 0, $"DIFF_SEED={seed}, round {round}: {string.Join(" | ", read.Problems)}");
            Assert.Equal(expected.Files.Select(Describe), read.Files.Select(Describe));
        }
    }

    [Fact]
    public void Each_kind_of_file_is_written_as_git_writes_it()
    {
        var (diff, leftOut) = Assemble(
            new ListedFileJson { FileName = "new.txt", Status = "added", Additions = 1, Patch = "@@ -0,0 +1 @@\n+one" },
            new ListedFileJson { FileName = "old.txt", Status = "removed", Deletions = 1, Patch = "@@ -1 +0,0 @@\n-one\n\\ No newline at end of file" },
            new ListedFileJson { FileName = "to here.txt", PreviousFileName = "from \"there\".txt", Status = "renamed", Additions = 1, Deletions = 1, Patch = "@@ -1 +1 @@\n-a\n+b" },
            new ListedFileJson { FileName = "empty.txt", Status = "added", Sha = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" });

        Assert.Empty(leftOut);
        Assert.Equal("""
            diff --git a/new.txt b/new.txt
            --- /dev/null
            +++ b/new.txt
            @@ -0,0 +1 @@
            +one
            diff --git a/old.txt b/old.txt
            --- a/old.txt
            +++ /dev/null
            @@ -1 +0,0 @@
            -one
            \ No newline at end of file
            diff --git "a/from \"there\".txt" b/to here.txt
            rename from "from \"there\".txt"
            rename to to here.txt
            --- "a/from \"there\".txt"
            +++ b/to here.txt⇥
            @@ -1 +1 @@
            -a
            +b
            diff --git a/empty.txt b/empty.txt
            new file mode 100644

            """.Replace('⇥', '\t'), diff);
        Assert.Equal([FileChange.Added, FileChange.Deleted, FileChange.Renamed, FileChange.Added], UnifiedDiff.Parse(diff).Files.Select(f => f.Change));
    }

    [Fact]
    public void Whatever_GitHub_leaves_out_is_named_and_marked()
    {
        var (diff, leftOut) = Assemble(
            new ListedFileJson { FileName = "a.txt", Additions = 1, Patch = "@@ -0,0 +1 @@\n+one" },
            new ListedFileJson { FileName = "dump.sql", Additions = 40_000, Deletions = 2 },
            new ListedFileJson { FileName = "logo.png", Status = "added" },
            new ListedFileJson { FileName = "cut.txt", Additions = 5, Patch = "@@ -0,0 +1,5 @@\n+one\n+two" },
            new ListedFileJson { FileName = "moved.bin", PreviousFileName = "bin", Status = "renamed" });

        Assert.Equal(
        [
            "Of 3 of the 5 files GitHub does not give all that has changed; each says so where it stands in the diff.",
            "GitHub names no changed line of 1 moved files: each is as it was, or binary: 'moved.bin'.",
            "GitHub leaves out the patch of 'dump.sql', which adds 40,000 and removes 2 lines: look at it yourself.",
            "GitHub gives no lines of 'logo.png': it is binary, too large, or only its mode has changed.",
            "The patch that GitHub gives of 'cut.txt' is not all of its change, which adds 5 and removes 0 lines: look at it yourself.",
        ], leftOut.Select(p => p.Message));
        var change = PullRequest.From(diff, null, null, [], leftOut);
        Assert.Equal([true, false, false, false, true], change.Files.Select(f => f.IsComplete));
        Assert.Equal(["modified", "modified", "added", "modified", "renamed"], change.Files.Select(f => f.Change));
        Assert.Contains("\n(GitHub leaves out the 40000 added and 2 removed lines of this file.)\n", diff, StringComparison.Ordinal);
        Assert.All(leftOut.Skip(2), p => Assert.StartsWith("diff --git ", diff.Split('\n')[p.Line - 1], StringComparison.Ordinal));
    }

    [Fact]
    public void More_files_than_GitHub_lists_are_counted()
    {
        var parts = new DiffInParts();
        parts.Add(new() { Path = "a", Change = FileChange.Modified, Additions = 1, Deletions = 0, Patch = "@@ -0,0 +1 @@\n+one" });

        Assert.Equal("GitHub lists 3,000 files of a pull request at most, and this one changes 4,000: 3,999 of them are not in this diff.", Assert.Single(parts.Finish(4_000).LeftOut).Message);
    }

    [Theory]
    [InlineData("plain/name.txt", "plain/name.txt")]
    [InlineData("ünï 日本", "ünï 日本")]
    [InlineData("a\tb", "\"a\\tb\"")]
    [InlineData("q\"\\", "\"q\\\"\\\\\"")]
    [InlineData("bell\a\u007f\u0001", "\"bell\\a\\177\\001\"")]
    public void A_path_is_quoted_where_it_must_be(string path, string expected)
    {
        Assert.Equal(expected, QuotedPath.Write(path));
        if (expected != path)
            Assert.Equal((path, null), (QuotedPath.Read(expected).Path, QuotedPath.Read(expected).Fault));
    }

    private static (string Diff, IReadOnlyList<PullRequestProblem> LeftOut) Assemble(params ListedFileJson[] files)
    {
        var parts = new DiffInParts();
        foreach (var file in ListedFile.ReadPage(PullRequestAddress.Of("github.com", "acme", "shop", 7), JsonSerializer.SerializeToUtf8Bytes(files)))
            parts.Add(file);
        return parts.Finish(files.Length);
    }

    // GitHub says nothing of modes.
    private static string Describe(FileDiff file) =>
        $"{file.OldPath} -> {file.NewPath}: {(file.Change == FileChange.ModeChanged ? FileChange.Modified : file.Change)} {string.Join(' ', file.Hunks.Select(h => $"@@ -{h.OldStart},{h.OldCount} +{h.NewStart},{h.NewCount} @@ {h.Section}\n{string.Join('\n', h.Lines)}"))}";
}
