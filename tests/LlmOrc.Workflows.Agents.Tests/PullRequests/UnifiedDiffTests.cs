using LlmOrc.Workflows.Agents.PullRequests;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

public sealed class UnifiedDiffTests
{
    private const string Change = "@@ -1 +1 @@\n-old\n+new\n";

    [Fact]
    public void An_empty_text_is_a_diff_without_files()
    {
        var diff = UnifiedDiff.Parse("");
        Assert.Empty(diff.Files);
        Assert.Empty(diff.Problems);
    }

    [Fact]
    public void A_hunk_has_ranges_section_kinds_texts_and_line_numbers()
    {
        var file = ParseOne("diff --git a/x.cs b/x.cs\nindex 1a2b3c4..5d6e7f8 100644\n--- a/x.cs\n+++ b/x.cs\n@@ -10,3 +20,4 @@ void Main()\n a\n-b\n+c\n+d\n e\n", out var problems);
        var hunk = Assert.Single(file.Hunks);
        Assert.Equal((10, 3, 20, 4, "void Main()", 5), (hunk.OldStart, hunk.OldCount, hunk.NewStart, hunk.NewCount, hunk.Section, hunk.DiffLineNumber));
        Assert.Equal(
        [
            new DiffLine(DiffLineKind.Context, "a", 10, 20, false),
            new DiffLine(DiffLineKind.Removed, "b", 11, null, false),
            new DiffLine(DiffLineKind.Added, "c", null, 21, false),
            new DiffLine(DiffLineKind.Added, "d", null, 22, false),
            new DiffLine(DiffLineKind.Context, "e", 12, 23, false),
        ], hunk.Lines);
        Assert.Equal(("1a2b3c4", "5d6e7f8", "100644", "100644"), (file.OldBlobId, file.NewBlobId, file.OldMode, file.NewMode));
        Assert.Equal((2, 1), (file.AddedLines, file.DeletedLines));
        // Ten old lines cannot become twenty new ones without a hunk that says so.
        Assert.Contains("does not follow", Assert.Single(problems).Message);
    }

    public static TheoryData<string, string?, string?> Headers => new()
    {
        { "diff --git a/x b/x\n--- a/x\n+++ b/x\n", "x", "x" },
        { "diff --git x x\n--- x\n+++ x\n", "x", "x" },
        { "diff --git a/x a/x\n--- a/x\n+++ a/x\n", "a/x", "a/x" },
        { "diff --git i/x w/x\n--- i/x\n+++ w/x\n", "x", "x" },
        { "diff --git c/x i/x\n--- c/x\n+++ i/x\n", "x", "x" },
        { "diff --git c/x w/x\n--- c/x\n+++ w/x\n", "x", "x" },
        { "diff --git o/x w/x\n--- o/x\n+++ w/x\n", "x", "x" },
        { "diff --git 1/x 2/x\n--- 1/x\n+++ 2/x\n", "x", "x" },
        { "diff --git b/x a/x\n--- b/x\n+++ a/x\n", "x", "x" },
        { "diff --git a/one/x b/two/x\n--- a/one/x\n+++ b/two/x\n", "one/x", "two/x" },
        { "diff --git old/src/x new/src/x\n--- old/src/x\n+++ new/src/x\n", "src/x", "src/x" },
        { "diff --git before/x after/x\nnew file mode 100644\n--- /dev/null\n+++ after/x\n", null, "x" },
        { "diff --git a/x y b/x y\n--- a/x y\t\n+++ b/x y\t\n", "x y", "x y" },
        { "diff --git a/x b/x b/x b/x\n--- a/x b/x\t\n+++ b/x b/x\t\n", "x b/x", "x b/x" },
        { "diff --git \"a/\\303\\274\\t\" \"b/\\303\\274\\t\"\n--- \"a/\\303\\274\\t\"\n+++ \"b/\\303\\274\\t\"\n", "ü\t", "ü\t" },
        { "diff --git \"a/\\360\\237\\230\\200\" \"b/\\360\\237\\230\\200\"\n--- \"a/\\360\\237\\230\\200\"\n+++ \"b/\\360\\237\\230\\200\"\n", "😀", "😀" },
        { "diff --git \"a/ü\\\"q\" \"b/ü\\\"q\"\n--- \"a/ü\\\"q\"\n+++ \"b/ü\\\"q\"\n", "ü\"q", "ü\"q" },
        { "diff --git \"a/\\a\\b\\t\\n\\v\\f\\r\\\"\\\\\" \"b/\\a\\b\\t\\n\\v\\f\\r\\\"\\\\\"\n--- \"a/\\a\\b\\t\\n\\v\\f\\r\\\"\\\\\"\n+++ \"b/\\a\\b\\t\\n\\v\\f\\r\\\"\\\\\"\n", "\a\b\t\n\v\f\r\"\\", "\a\b\t\n\v\f\r\"\\" },
        { "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n", null, "x" },
        { "diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n", "x", null },
        { "diff --git a/x b/y z\nsimilarity index 90%\nrename from x\nrename to y z\n--- a/x\n+++ b/y z\t\n", "x", "y z" },
        { "diff --git a/x \"b/y\\n\"\nsimilarity index 90%\nrename from x\nrename to \"y\\n\"\n--- a/x\n+++ \"b/y\\n\"\n", "x", "y\n" },
        { "diff --git \"a/y\\n\" b/x\nsimilarity index 90%\nrename from \"y\\n\"\nrename to x\n--- \"a/y\\n\"\n+++ b/x\n", "y\n", "x" },
        { "--- a/x\n+++ b/x\n", "x", "x" },
        { "--- x\t2026-01-02 03:04:05.678901234 +0100\n+++ x\t2026-01-02 03:04:06.000000000 +0100\n", "x", "x" },
        { "--- x.c.orig\t2026-01-02 03:04:05 +0100\n+++ x.c\t2026-01-02 03:04:06 +0100\n", "x.c.orig", "x.c" },
        { "--- old/x.c\t2026-01-02\n+++ new/x.c\t2026-01-02\n", "old/x.c", "new/x.c" },
        { "--- \"x\\ty\"\t2026-01-02 03:04:05 +0100\n+++ \"x\\ty\"\t2026-01-02 03:04:06 +0100\n", "x\ty", "x\ty" },
        { "--- /dev/null\tThu Jan 01 00:00:00 1970 +0000\n+++ b/x\tFri Jan 02 00:00:00 2026 +0000\n", null, "x" },
        { "--- a/x\tThu Jan 01 00:00:00 2026 +0000\n+++ /dev/null\tThu Jan 01 00:00:00 1970 +0000\n", "x", null },
        { "Index: x\n===================================================================\n--- x\t(revision 1)\n+++ x\t(working copy)\n", "x", "x" },
        { "diff -ruN a/x b/x\n--- a/x\t2026-01-02\n+++ b/x\t2026-01-02\n", "x", "x" },
    };

    [Theory, MemberData(nameof(Headers))]
    public void Headers_name_their_files(string header, string? oldPath, string? newPath)
    {
        var file = ParseOne(header + Change, out var problems);
        Assert.Empty(problems);
        Assert.Equal((oldPath, newPath), (file.OldPath, file.NewPath));
        Assert.Equal(oldPath is null ? FileChange.Added : newPath is null ? FileChange.Deleted : file.Change, file.Change);
        Assert.Single(file.Hunks);
    }

    [Theory]
    [InlineData("1970-01-01 00:00:00.000000000 +0000")]
    [InlineData("1970-01-01 01:00:00.000000000 +0100")]
    [InlineData("1969-12-31 19:00:00.000000000 -0500")]
    public void A_plain_diff_says_with_the_epoch_that_a_side_does_not_exist(string epoch)
    {
        var added = ParseOne($"--- a/x\t{epoch}\n+++ b/x\t2026-01-02 03:04:05 +0000\n@@ -0,0 +1 @@\n+new\n", out _);
        Assert.Equal((FileChange.Added, null, "x"), (added.Change, added.OldPath, added.NewPath));
        var deleted = ParseOne($"--- a/x\t2026-01-02 03:04:05 +0000\n+++ b/x\t{epoch}\n@@ -1 +0,0 @@\n-old\n", out _);
        Assert.Equal((FileChange.Deleted, "x", null), (deleted.Change, deleted.OldPath, deleted.NewPath));
    }

    public static TheoryData<string, FileChange, string?, string?, string?, string?, int?> HeadersOnly => new()
    {
        { "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", FileChange.ModeChanged, "x", "x", "100644", "100755", null },
        { "diff --git a/x y b/x y\nold mode 100644\nnew mode 100755\n", FileChange.ModeChanged, "x y", "x y", "100644", "100755", null },
        { "diff --git before/x after/x\nold mode 100644\nnew mode 100755\n", FileChange.ModeChanged, "x", "x", "100644", "100755", null },
        { "diff --git before/x y after/x y\nold mode 100644\nnew mode 100755\n", FileChange.ModeChanged, "x y", "x y", "100644", "100755", null },
        { "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n", FileChange.Added, null, "x", null, "100644", null },
        { "diff --git a/x b/x\ndeleted file mode 100644\nindex e69de29..0000000\n", FileChange.Deleted, "x", null, "100644", null, null },
        { "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", FileChange.Renamed, "x", "y", null, null, 100 },
        { "diff --git a/x b/y z b/y\nsimilarity index 100%\nrename from x b/y z\nrename to y\n", FileChange.Renamed, "x b/y z", "y", null, null, 100 },
        { "diff --git a/x b/y\nold mode 100644\nnew mode 100755\nsimilarity index 100%\nrename from x\nrename to y\n", FileChange.Renamed, "x", "y", "100644", "100755", 100 },
        { "diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n", FileChange.Copied, "x", "y", null, null, 100 },
        { "diff --git x y\nsimilarity index 100%\nrename old x\nrename new y\n", FileChange.Renamed, "x", "y", null, null, 100 },
        { "diff --git a/a/x b/b/x\nsimilarity index 100%\nrename from a/x\nrename to b/x\n", FileChange.Renamed, "a/x", "b/x", null, null, 100 },
        { "diff --git a/x b/x\nindex 1234567..89abcde 100644\nBinary files a/x and b/x differ\n", FileChange.Modified, "x", "x", "100644", "100644", null },
        { "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..89abcde\nBinary files /dev/null and b/x differ\n", FileChange.Added, null, "x", null, "100644", null },
        { "Binary files a/x and b/x differ\n", FileChange.Modified, "x", "x", null, null, null },
        { "Binary files /dev/null and b/x differ\n", FileChange.Added, null, "x", null, null, null },
    };

    [Theory, MemberData(nameof(HeadersOnly))]
    public void Files_without_hunks_say_what_changed(string header, FileChange change, string? oldPath, string? newPath, string? oldMode, string? newMode, int? similarity)
    {
        var file = ParseOne(header, out var problems);
        Assert.Empty(problems);
        Assert.Equal((change, oldPath, newPath, oldMode, newMode, similarity), (file.Change, file.OldPath, file.NewPath, file.OldMode, file.NewMode, file.Similarity));
        Assert.Equal(header.Contains("Binary files", StringComparison.Ordinal), file.IsBinary);
        Assert.Empty(file.Hunks);
    }

    [Fact]
    public void A_binary_patch_is_kept_as_it_stands()
    {
        const string patch = "GIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\n\nliteral 2\nJcmZQzU|;|M00aO5\n\n";
        var diff = UnifiedDiff.Parse("diff --git a/x b/x\nindex 1234567..89abcde 100644\n" + patch + "diff --git a/y b/y\n--- a/y\n+++ b/y\n" + Change);
        Assert.Empty(diff.Problems);
        Assert.Equal((true, patch), (diff.Files[0].IsBinary, diff.Files[0].BinaryPatch));
        Assert.Equal("y", diff.Files[1].Path);
    }

    [Fact]
    public void A_submodule_is_a_file_whose_line_is_a_commit()
    {
        var file = ParseOne("diff --git a/lib b/lib\nindex 1111111..2222222 160000\n--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 1111111\n+Subproject commit 2222222\n", out var problems);
        Assert.Empty(problems);
        Assert.True(file.IsSubmodule);
        Assert.Equal("Subproject commit 2222222\n", file.ApplyTo("Subproject commit 1111111\n"));
    }

    [Fact]
    public void A_rewrite_says_how_little_is_left()
    {
        var file = ParseOne("diff --git a/x b/x\ndissimilarity index 96%\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/x\n" + Change, out var problems);
        Assert.Empty(problems);
        Assert.Equal((FileChange.Modified, 4), (file.Change, file.Similarity));
    }

    [Fact]
    public void Lines_inside_a_hunk_are_never_headers()
    {
        var file = ParseOne("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n--- a/foo\n+++ b/x\n+@@ -1 +1 @@\n diff --git a/y b/y\n--- \n++\n", out var problems);
        Assert.Empty(problems);
        Assert.Equal(["-- a/foo", "++ b/x", "@@ -1 +1 @@", "diff --git a/y b/y", "-- ", "+"], file.Hunks[0].Lines.Select(line => line.Text));
        Assert.Equal((3, 2), (file.AddedLines, file.DeletedLines));
    }

    [Theory]
    [InlineData("-old\n\\ No newline at end of file\n+new\n", true, false)]
    [InlineData("-old\n+new\n\\ No newline at end of file\n", false, true)]
    [InlineData("-old\n\\ No newline at end of file\n+new\n\\ No newline at end of file\n", true, true)]
    [InlineData("-old\n\\ Kein Zeilenumbruch am Dateiende.\n+new\n", true, false)]
    public void A_missing_newline_belongs_to_the_line_above_the_mark(string lines, bool old, bool @new)
    {
        var file = ParseOne("--- x\n+++ x\n@@ -1 +1 @@\n" + lines, out var problems);
        Assert.Empty(problems);
        Assert.Equal([old, @new], file.Hunks[0].Lines.Select(line => line.NoNewlineAtEnd));
        Assert.Equal(@new ? "new" : "new\n", file.ApplyTo(old ? "old" : "old\n"));
    }

    [Fact]
    public void Carriage_returns_and_other_separators_are_text()
    {
        var file = ParseOne("--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\r\n-b\u2028c\fd\re\n+b\u0085\r\r\n", out var problems);
        Assert.Empty(problems);
        Assert.Equal(["a\r", "b\u2028c\fd\re", "b\u0085\r\r"], file.Hunks[0].Lines.Select(line => line.Text));
        Assert.Equal("a\r\nb\u0085\r\r\n", file.ApplyTo("a\r\nb\u2028c\fd\re\n"));
    }

    [Fact]
    public void A_diff_that_travelled_with_CRLF_loses_one_CR_per_line_and_says_so()
    {
        var file = ParseOne("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ f()\n a\n \n-b\n+c\n\\ No newline at end of file\n".Replace("\n", "\r\n"), out var problems);
        Assert.Contains("CRLF", Assert.Single(problems).Message);
        Assert.Equal(("x", "x", "f()"), (file.OldPath, file.NewPath, file.Hunks[0].Section));
        Assert.Equal("a\n\nc", file.ApplyTo("a\n\nb\n"));
    }

    [Fact]
    public void An_empty_line_is_an_empty_context_line()
    {
        var file = ParseOne("--- x\n+++ x\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", out var problems);
        Assert.Empty(problems);
        Assert.Equal("a\n\nc\n", file.ApplyTo("a\n\nb\n"));
    }

    [Fact]
    public void Mails_of_format_patch_give_their_files()
    {
        var mail = "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Somebody <somebody@example.org>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n"
            + "Subject: [PATCH 1/2] Change\n\nBecause:\n- one\n+ two\n---\n x | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
            + "diff --git a/x b/x\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/x\n" + Change + "-- \n2.39.5\n\n";
        var diff = UnifiedDiff.Parse(mail + mail);
        Assert.Empty(diff.Problems);
        Assert.Equal(["x", "x"], diff.Files.Select(file => file.Path));
        Assert.All(diff.Files, file => Assert.Equal("new\n", file.ApplyTo("old\n")));
    }

    [Fact]
    public void Output_of_show_and_log_gives_the_files_of_all_commits()
    {
        const string commit = "commit 0123456789012345678901234567890123456789\nAuthor: Somebody <somebody@example.org>\nDate:   Thu Jan 1 00:00:00 2026 +0000\n\n    Change\n\n    --- a/y\n    +++ b/y\n    @@ -1 +1 @@\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n" + Change;
        var diff = UnifiedDiff.Parse(commit + "\n" + commit);
        Assert.Empty(diff.Problems);
        Assert.Equal(["x", "x"], diff.Files.Select(file => file.Path));
        Assert.Equal([11, 28], diff.Files.Select(file => file.DiffLineNumber));
    }

    [Fact]
    public void A_byte_order_mark_does_not_hide_the_first_file() =>
        Assert.Equal("x", ParseOne("\uFEFF--- x\n+++ x\n" + Change, out _).Path);

    [Fact]
    public void A_combined_diff_keeps_a_column_for_each_parent()
    {
        var file = ParseOne("diff --cc x.c\nindex 1111111,2222222..3333333\nmode 100644,100644..100755\n--- a/x.c\n+++ b/x.c\n"
            + "@@@ -1,3 -1,3 +1,4 @@@ main()\n  both\n- first\n -second\n++merged\n +ours\n+ theirs\n", out var problems);
        Assert.Empty(problems);
        Assert.True(file.IsCombined);
        Assert.Equal(("x.c", "x.c", "100644,100644", "100755"), (file.OldPath, file.NewPath, file.OldMode, file.NewMode));
        var hunk = Assert.Single(file.Hunks);
        Assert.Equal([new HunkRange(1, 3), new HunkRange(1, 3)], hunk.ParentRanges);
        Assert.Equal((1, 3, 1, 4, "main()"), (hunk.OldStart, hunk.OldCount, hunk.NewStart, hunk.NewCount, hunk.Section));
        Assert.Equal(["  ", "- ", " -", "++", " +", "+ "], hunk.Columns);
        Assert.Equal(
        [
            new DiffLine(DiffLineKind.Context, "both", 1, 1, false),
            new DiffLine(DiffLineKind.Removed, "first", 2, null, false),
            new DiffLine(DiffLineKind.Removed, "second", null, null, false),
            new DiffLine(DiffLineKind.Added, "merged", null, 2, false),
            new DiffLine(DiffLineKind.Added, "ours", 3, 3, false),
            new DiffLine(DiffLineKind.Added, "theirs", null, 4, false),
        ], hunk.Lines);
        Assert.Equal((3, 2), (file.AddedLines, file.DeletedLines));
        Assert.Throws<DiffDoesNotApplyException>(() => file.ApplyTo("both\nfirst\nours\n"));
    }

    [Theory]
    [InlineData("diff --combined x y\nindex 1,2,3..4\n--- a/x y\t\n+++ b/x y\t\n@@@@ -1 -1 -1 +1 @@@@\n---old\n+++new\n", "x y", "x y", 1)]
    [InlineData("diff --cc \"\\303\\274\"\nindex 1,2..3\n--- \"a/\\303\\274\"\n+++ \"b/\\303\\274\"\n@@@ -1 -1 +1 @@@\n--old\n++new\n", "ü", "ü", 1)]
    [InlineData("diff --cc x\nindex 1,2..0\ndeleted file mode 100644,100644\n--- a/x\n+++ /dev/null\n@@@ -1 -1 +0,0 @@@\n--old\n", "x", null, 1)]
    [InlineData("diff --cc x\nindex 0,0..1\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@@ -0,0 -0,0 +1 @@@\n++new\n", null, "x", 1)]
    [InlineData("diff --cc x\nindex 1,2..3\nBinary files differ\n", "x", "x", 0)]
    [InlineData("diff --combined x\nindex 1,2..3\n--- a/was\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n--old\n++new\n", "was", "x", 1)]
    public void Combined_diffs_come_in_several_shapes(string text, string? oldPath, string? newPath, int hunks)
    {
        var file = ParseOne(text, out var problems);
        Assert.Empty(problems);
        Assert.True(file.IsCombined);
        Assert.Equal((oldPath, newPath, hunks), (file.OldPath, file.NewPath, file.Hunks.Count));
    }

    [Theory]
    [InlineData("Only in b: x\n")]
    [InlineData("* Unmerged path x\n")]
    [InlineData("Submodule lib 1111111..2222222:\n  > Change\n")]
    [InlineData("Submodule lib contains modified content\n")]
    public void A_changed_file_without_its_diff_is_a_problem(string line)
    {
        var diff = UnifiedDiff.Parse("--- x\n+++ x\n" + Change + line);
        Assert.Equal(6, Assert.Single(diff.Problems).Line);
        Assert.True(Assert.Single(diff.Files).IsComplete);
    }

    private static FileDiff ParseOne(string text, out IReadOnlyList<DiffProblem> problems)
    {
        var diff = UnifiedDiff.Parse(text);
        problems = diff.Problems;
        return Assert.Single(diff.Files);
    }
}
