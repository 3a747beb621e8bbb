using System.Text;
using LlmOrc.Workflows.Agents.PullRequests;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

public sealed class UnifiedDiffHostileTests
{
    private const string Names = "diff --git a/x b/x\n--- a/x\n+++ b/x\n";
    private const string Change = "@@ -1 +1 @@\n-old\n+new\n";

    /// <summary>Text, line of the first problem, a word of it, files, lines of all hunks.</summary>
    public static TheoryData<string, int, string, int, int> Damaged => new()
    {
        { "nothing of the kind\n", 1, "no unified diff", 0, 0 },
        { "\0\0\0", 1, "no unified diff", 0, 0 },
        { "1c1\n< a\n---\n> b\n", 1, "no unified diff", 0, 0 },
        { "*** a\n--- b\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n", 1, "no unified diff", 0, 0 },
        { Names + "@@ -1,3 +1,3 @@\n a\n-b\n", 4, "fewer lines", 1, 2 },
        { Names + "@@ -1,3 +1,3 @@\n", 4, "fewer lines", 1, 0 },
        { Names + "@@ -1,3 +1,3 @@\n a\n" + Names + Change, 4, "fewer lines", 2, 3 },
        { Names + "@@ -1,3 +1,3 @@\n a\n?b\n", 4, "fewer lines", 1, 1 },
        { Names + "@@ -1,2 +1,1 @@\n a\n+b\n c\n", 4, "fewer lines", 1, 1 },
        { Names + "@@ -1 +1 @@\n-a\n+b\n+c\n d\n", 7, "left out: 2", 1, 2 },
        { Names + "@@ -1 +1 @@\n-a\n+b\n\n+c\n", 8, "left out: 1", 1, 2 },
        { Names + "@@ -1 +1 @@\n-a\n+b\n-- \n-c\n", 7, "left out: 2", 1, 2 },
        { Names + "@@ -1,2000000000 +1,2000000000 @@\n a\n", 4, "fewer lines", 1, 1 },
        { Names + "@@ -1,2147483647 +1 @@\n a\n", 4, "too large", 1, 0 },
        { Names + "@@ -4294967297 +1 @@\n a\n", 4, "too large", 1, 0 },
        { Names + "@@ -99999999999999999999999999 +1 @@\n a\n", 4, "too large", 1, 0 },
        { Names + "@@ -1,99999999999999999999999999 +1 @@\n-a\n" + Change, 4, "too large", 1, 2 },
        { Names + "@@ --1 +1 @@\n a\n", 4, "ranges", 1, 0 },
        { Names + "@@ -1 -1 @@\n a\n", 4, "ranges", 1, 0 },
        { Names + "@@ -1, +1 @@\n a\n", 4, "ranges", 1, 0 },
        { Names + "@@ -1 +1\n a\n", 4, "marks at its end", 1, 0 },
        { Names + "@@ garbage\n a\n" + Change, 4, "ranges", 1, 2 },
        { Names + "@@ -0 +1 @@\n-a\n+b\n", 4, "line 0", 1, 0 },
        { Names + "@@ -0,0 +0,0 @@\n", 4, "empty", 1, 0 },
        { Names + "@@ -1 +1 @@\n\\ No newline\n-a\n+b\n", 4, "belongs to no line", 1, 2 },
        { Names + "@@ -1 +1 @@\n-a\n\\ No newline\n\\ No newline\n+b\n", 4, "belongs to no line", 1, 2 },
        { Names + "@@ -1,2 +1 @@\n-a\n\\ No newline\n-b\n+c\n", 4, "the last of its file", 1, 3 },
        { Names + Change + "@@ -1 +1 @@\n-new\n+newer\n", 7, "before the end", 1, 4 },
        { Names + "@@ -1 +7 @@\n-a\n+b\n", 4, "place in the new file", 1, 2 },
        { Names, 2, "No hunk", 1, 0 },
        { "diff --git a/x b/x\n--- a/x\n", 2, "+++ line is missing", 1, 0 },
        { "--- x\n+++ y\n", 1, "No hunk", 1, 0 },
        { Change, 1, "No file header", 1, 2 },
        { "--- x\n+++ x\n@@ -1,9 +1,9 @@\n a\n--- y\n+++ y\n" + Change, 3, "fewer lines", 2, 3 },
        { "diff --git a/x b/x\n--- a/other\n+++ b/other\n" + Change, 1, "other files", 1, 2 },
        { "diff --git a/x b/y\nsimilarity index 90%\nrename from p\nrename to q\n--- a/x\n+++ b/y\n" + Change, 1, "other files", 1, 2 },
        { "diff --git a/x b/x\nsimilarity index 100%\nrename from p\nrename to q\n", 1, "other files", 1, 0 },
        { "diff --git a/x b/y\nsimilarity index 100%\nrename from x\n", 1, "one of the two paths", 1, 0 },
        { "diff --git a/x b/x\nnew file mode 100644\ndeleted file mode 100644\n", 1, "more than one", 1, 0 },
        { "diff --git a/x b/x\nold mode 100644\nold mode 100755\n", 3, "twice", 1, 0 },
        { "diff --git a/x b/x\nold mode 999999999999\nnew mode 100644\n", 2, "mode", 1, 0 },
        { "diff --git a/x b/x\nsimilarity index 300%\n", 2, "percentage", 1, 0 },
        { "diff --git a/x b/x\nsimilarity index ninety\n", 2, "percentage", 1, 0 },
        { "diff --git a/x b/x\nindex what\n", 2, "object ids", 1, 0 },
        { "diff --git a b c d e\nold mode 100644\nnew mode 100755\n", 1, "told apart", 1, 0 },
        { "diff --git \nold mode 100644\nnew mode 100755\n", 1, "told apart", 1, 0 },
        { "diff --git \"a/x b/x\nold mode 100644\nnew mode 100755\n", 1, "told apart", 1, 0 },
        { "diff --git \"a/\\377\" \"b/\\377\"\n--- \"a/\\377\"\n+++ \"b/\\377\"\n" + Change, 1, "not UTF-8", 1, 2 },
        { "diff --git \"a/\\q\" \"b/\\q\"\n--- \"a/\\q\"\n+++ \"b/\\q\"\n" + Change, 1, "unknown escape", 1, 2 },
        { "--- \"x\\000y\"\n+++ \"x\\000y\"\n" + Change, 1, "NUL", 1, 2 },
        { "--- x\0y\n+++ x\0y\n" + Change, 1, "NUL", 1, 2 },
        { "--- \"x\n+++ \"x\n" + Change, 1, "closing quote", 1, 2 },
        { "diff --git a/x b/x\nGIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\n", 2, "cut off", 1, 0 },
        { "diff --git a/x b/x\nGIT binary patch\n", 2, "no data", 1, 0 },
        { "diff --git a/x b/x\nGIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\ndiff --git a/y b/y\nold mode 100644\nnew mode 100755\n", 2, "cut off", 2, 0 },
        { "diff --git src/evil/README docs/README\n--- src/evil/README\n+++ docs/README\n" + Change, 1, "guessed", 1, 2 },
        { "diff --git one two\n--- one\n+++ two\n" + Change, 1, "more than their prefixes", 1, 2 },
        { "Binary files a and b and c differ\n", 1, "told apart", 1, 0 },
        { Names + "@@@ -1 -1 +1 @@@\n--a\n++b\n", 4, "combined", 1, 2 },
        { "diff --cc x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 4, "combined", 1, 2 },
        { "diff --cc x\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n-+a\n++b\n", 4, "fewer lines", 1, 0 },
        { "diff --cc x\n--- a/x\n+++ b/x\n@@@ -1 +1 @@@\n--a\n++b\n", 4, "ranges", 1, 0 },
        { "diff --cc x\n--- a/y\n+++ b/y\n@@@ -1 -1 +1 @@@\n--a\n++b\n", 1, "another file", 1, 2 },
        { Names + new string('@', 2_000) + " -1 +1 @@\n a\n", 4, "parents", 1, 0 },
        { Names + new string('@', 2_000), 4, "parents", 1, 0 },
        { Names + "@@", 4, "ranges", 1, 0 },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void Damage_is_named_with_its_line_and_the_rest_is_read(string text, int line, string word, int files, int lines)
    {
        var diff = UnifiedDiff.Parse(text);
        Assert.NotEmpty(diff.Problems);
        Assert.Contains(diff.Problems, problem => problem.Line == line && problem.Message.Contains(word, StringComparison.Ordinal));
        Assert.All(diff.Problems, problem => Assert.EndsWith(".", problem.Message));
        Assert.Equal(files, diff.Files.Count);
        Assert.Equal(lines, diff.Files.Sum(file => file.Hunks.Sum(hunk => hunk.Lines.Count)));
    }

    [Fact]
    public void A_NUL_and_lone_surrogates_inside_lines_are_text()
    {
        var diff = UnifiedDiff.Parse(Names + "@@ -1 +1 @@\n-a\0b\ud800\n+\udc00\0\n");
        Assert.Empty(diff.Problems);
        Assert.Equal("\udc00\0\n", diff.Files[0].ApplyTo("a\0b\ud800\n"));
    }

    [Fact]
    public void Quoted_excerpts_cannot_forge_lines_of_a_log()
    {
        var diff = UnifiedDiff.Parse("diff --git a/x b/x\nold mode \u001b[31m\r\u0085evil" + new string('x', 10_000) + "\n");
        Assert.All(diff.Problems, problem => Assert.True(problem.Message.Length < 200 && !problem.Message.Any(char.IsControl), problem.Message));
    }

    [Fact]
    public void Problems_are_limited_and_the_rest_counted()
    {
        var diff = UnifiedDiff.Parse(Names + string.Concat(Enumerable.Repeat("@@ x\n", 5_000)));
        Assert.Equal(1_001, diff.Problems.Count);
        Assert.StartsWith("4000 more", diff.Problems[^1].Message);
        Assert.InRange(diff.Problems[^1].Line, 1, 5_003);
    }

    /// <summary>Large texts that would be slow, or large in memory, if any step looked at more than its own line.</summary>
    public static TheoryData<string> Large =>
    [
        "100,000 files", "100,000 files with modes only", "one line of 50 MB", "one hunk line of 50 MB", "a header of 10 MB", "a quoted path of 10 MB",
        "many --- lines", "many --- and +++ lines", "headers that never come true", "hunks that run into the next file", "signatures", "stray lines",
        "end marks", "spaces in a header", "quotes in a header", "octal escapes", "absurd counts", "empty lines with many parents", "binary blocks",
        "added lines", "twice the same keyword", "combined file lines", "slashes",
    ];

    [Theory, MemberData(nameof(Large))]
    public void Large_texts_take_time_and_memory_in_proportion(string kind)
    {
        var text = MakeLarge(kind);
        // An array of this size is the yardstick: no fixed sum hides a small input.
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var work = ThreadTime.Start();
        var diff = UnifiedDiff.Parse(text);
        var elapsed = work.Elapsed;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        TestContext.Current.TestOutputHelper?.WriteLine($"{text.Length / 1e6:F1} M characters, {diff.Files.Count} files, {diff.Problems.Count} problems, {elapsed.TotalMilliseconds:F0} ms, {allocated / 1e6:F0} MB");
        // Seconds where a quadratic step would take hours.
        Assert.InRange(elapsed.TotalSeconds, 0, 20);
        Assert.InRange(allocated, 0, (text.Length * 120L) + 1_000_000);
        if (kind == "100,000 files")
            Assert.Equal((100_000, 0), (diff.Files.Count, diff.Problems.Count));
    }

    private static string MakeLarge(string kind) => kind switch
    {
        "100,000 files" => Repeat(100_000, i => $"diff --git a/f{i} b/f{i}\nindex 1..2 100644\n--- a/f{i}\n+++ b/f{i}\n{Change}"),
        "100,000 files with modes only" => Repeat(100_000, i => $"diff --git a/f{i} b/f{i}\nold mode 100644\nnew mode 100755\n"),
        "one line of 50 MB" => new string('x', 50_000_000),
        "one hunk line of 50 MB" => Names + "@@ -1 +1 @@\n-a\n+" + new string('x', 50_000_000) + "\n",
        "a header of 10 MB" => "diff --git a/" + new string('x', 5_000_000) + " b/" + new string('x', 5_000_000) + "\nnew file mode 100644\n",
        "a quoted path of 10 MB" => "diff --git \"a/" + new string('\\', 10_000_000) + "\n",
        "many --- lines" => Repeat(1_000_000, _ => "--- x\n"),
        "many --- and +++ lines" => Repeat(100_000, _ => "--- x\n+++ x\n"),
        "headers that never come true" => Names + Change + "-stray\n" + Repeat(1_000_000, _ => "--- x\n+++ x\n"),
        "hunks that run into the next file" => Repeat(100_000, _ => "--- x\n+++ x\n@@ -1,99 +1,99 @@\n a\n"),
        "signatures" => Names + Change + Repeat(1_000_000, _ => "-- \n-- \n"),
        "stray lines" => Names + Change + Repeat(3_000_000, _ => "+a\n"),
        "end marks" => Names + "@@ -1 +1 @@\n-a\n" + Repeat(1_000_000, _ => "\\ a\n"),
        "spaces in a header" => "diff --git " + Repeat(5_000_000, _ => "a ") + "\nold mode 100644\nnew mode 100755\n",
        "quotes in a header" => "diff --git " + Repeat(5_000_000, _ => " \"") + "\nold mode 100644\nnew mode 100755\n",
        "octal escapes" => "diff --git \"a/" + Repeat(2_000_000, _ => "\\303\\274") + "\" b/x\n",
        "absurd counts" => Repeat(100_000, _ => Names + "@@ -1,2000000000 +1,2000000000 @@\n a\n"),
        "empty lines with many parents" => "diff --cc x\n--- a/x\n+++ b/x\n" + new string('@', 1_000) + Repeat(999, _ => " -1,1000000") + " +1,1000000 " + new string('@', 1_000) + "\n" + new string('\n', 5_000_000),
        "binary blocks" => "diff --git a/x b/x\nGIT binary patch\nliteral 1\n" + Repeat(1_000_000, _ => "zabcdeabcde\n"),
        "added lines" => Names + "@@ -0,0 +1,3000000 @@\n" + Repeat(3_000_000, _ => "+\n"),
        "twice the same keyword" => "diff --git a/x b/x\n" + Repeat(1_000_000, _ => "old mode 100644\n"),
        "combined file lines" => "diff --cc x\n" + Repeat(1_000_000, _ => "--- a/x\n"),
        "slashes" => "diff --git a" + new string('/', 4_000_000) + " bb" + new string('/', 4_000_000) + "\n--- a\n+++ b\n" + Change,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Repeat(int count, Func<int, string> part)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
            text.Append(part(i));
        return text.ToString();
    }
}
