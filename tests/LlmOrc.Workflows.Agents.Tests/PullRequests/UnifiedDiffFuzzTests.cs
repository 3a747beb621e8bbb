using System.Globalization;
using LlmOrc.Workflows.Agents.PullRequests;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

public sealed class UnifiedDiffFuzzTests(ITestOutputHelper output)
{
    private const int Mutants = 2_000;

    private static readonly string[] Seeds =
    [
        "From 0123 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] x\n\n---\n x | 2 +-\n\ndiff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@ f()\n a\n-b\n+c\n \n--- d\n+++ e\n@@ -10 +10,2 @@\n x\n+y\n\\ No newline at end of file\n-- \n2.39.5\n",
        "diff --git \"a/\\303\\274\\t\" \"b/\\303\\274\\t\"\nsimilarity index 90%\nrename from \"\\303\\274\\t\"\nrename to y z\n--- \"a/\\303\\274\\t\"\n+++ b/y z\t\n@@ -1 +1 @@\n-a\r\n+b\n",
        "--- x\t2026-01-02 03:04:05 +0000\n+++ x\t1970-01-01 00:00:00 +0000\n@@ -1,2 +0,0 @@\n-a\n-b\n--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+new\n",
        "diff --cc x\nindex 1,2..3\nmode 100644,100644..100755\n--- a/x\n+++ b/x\n@@@ -1,3 -1,3 +1,4 @@@ f\n  both\n- first\n -second\n++merged\n +ours\n+ theirs\n",
        "diff --git a/x b/x\nold mode 100644\nnew mode 100755\ndiff --git a/y b/y\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\n\nliteral 0\nHcmV?d00001\n\ndiff --git a/z b/z\ndeleted file mode 100644\nindex 1..0\nBinary files a/z and /dev/null differ\n",
        "commit 0123\n\n    text\n\ndiff --git a/lib b/lib\nindex 1..2 160000\n--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\nOnly in b: q\nBinary files p and q differ\n",
    ];

    private static readonly string[] Scraps =
    [
        "\n", "\r\n", "\0", "\"", "\\", "\\ No newline\n", "@@", "@@ -1 +1 @@\n", "@@@ -1 -1 +1 @@@\n", "--- ", "+++ ", "--- a\n+++ b\n", "-- \n", "diff --git ", "diff --cc x\n",
        "99999999999", "2147483647", "0", ",", "-", "+", " ", "\t", "/dev/null", "GIT binary patch\n", "literal 1\n", "rename from ", "Binary files ", " differ\n", "\ud800", "\uFEFF", "\\377",
    ];

    [Fact]
    public void Mutated_diffs_never_throw_and_never_contradict_themselves()
    {
        var seed = Environment.GetEnvironmentVariable("DIFF_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var work = ThreadTime.Start();
        var (files, problems) = (0, 0);
        for (var mutant = 0; mutant < Mutants; mutant++)
        {
            var text = Mutate(random, Seeds[random.Next(Seeds.Length)]);
            try
            {
                var diff = UnifiedDiff.Parse(text);
                Check(diff, text);
                (files, problems) = (files + diff.Files.Count, problems + diff.Problems.Count);
            }
            catch (Exception exception)
            {
                Assert.Fail($"DIFF_SEED={seed}, mutant {mutant}: {exception}\n{text}");
            }
        }
        output.WriteLine($"{Mutants} mutants, {files} files, {problems} problems, {work.Elapsed.TotalMilliseconds:0} ms");
        Assert.InRange(work.Elapsed.TotalSeconds, 0, 20);
    }

    private static string Mutate(Random random, string text)
    {
        for (var left = random.Next(1, 8); left > 0; left--)
        {
            var at = random.Next(text.Length + 1);
            var length = Math.Min(random.Next(1, 40), text.Length - at);
            text = random.Next(7) switch
            {
                0 => text[..at],
                1 => text.Remove(at, length),
                2 => text.Insert(at, text.Substring(at, length)),
                3 => text.Insert(at, Scraps[random.Next(Scraps.Length)]),
                4 => text.Insert(random.Next(text.Length + 1), text.Substring(at, length)),
                5 => at < text.Length ? text.Remove(at, 1).Insert(at, ((char)random.Next(0x250)).ToString()) : text,
                _ => SwapLines(random, text),
            };
        }
        return text;
    }

    private static string SwapLines(Random random, string text)
    {
        var lines = text.Split('\n');
        var (one, other) = (random.Next(lines.Length), random.Next(lines.Length));
        (lines[one], lines[other]) = (lines[other], lines[one]);
        return string.Join('\n', lines);
    }

    private static void Check(UnifiedDiff diff, string text)
    {
        var lastLine = text.Count(letter => letter == '\n') + 1;
        Assert.All(diff.Problems, problem => Assert.InRange(problem.Line, 1, lastLine));
        foreach (var file in diff.Files)
        {
            Assert.InRange(file.DiffLineNumber, 1, lastLine);
            if (!file.IsComplete || file.Hunks.Any(hunk => !hunk.IsComplete))
                Assert.NotEmpty(diff.Problems);
            foreach (var hunk in file.Hunks)
                Check(hunk);
            CheckApplication(file);
        }
    }

    private static void Check(Hunk hunk)
    {
        var old = hunk.Lines.Where(line => line.OldNumber is not null).Select(line => line.OldNumber!.Value).ToList();
        var @new = hunk.Lines.Where(line => line.NewNumber is not null).Select(line => line.NewNumber!.Value).ToList();
        Assert.Equal(Enumerable.Range(hunk.OldStart, old.Count), old);
        Assert.Equal(Enumerable.Range(hunk.NewStart, @new.Count), @new);
        Assert.True(old.Count <= hunk.OldCount && @new.Count <= hunk.NewCount);
        if (hunk.IsComplete)
            Assert.Equal((hunk.OldCount, hunk.NewCount), (old.Count, @new.Count));
        Assert.Equal(hunk.ParentRanges.Count > 0 ? hunk.Lines.Count : 0, hunk.Columns.Count);
    }

    /// <summary>An old text made from the hunks themselves: it applies, or the refusal is ours.</summary>
    private static void CheckApplication(FileDiff file)
    {
        var known = file.Hunks.SelectMany(hunk => hunk.Lines).Where(line => line.OldNumber is < 1_000).ToLookup(line => line.OldNumber!.Value);
        var count = known.Count == 0 ? 0 : known.Max(line => line.Key);
        var old = string.Concat(Enumerable.Range(1, count).Select(number =>
            known[number].FirstOrDefault() is { Text: { } text } line ? line.NoNewlineAtEnd ? text : text + "\n" : "filler\n"));
        try
        {
            file.ApplyTo(old);
        }
        catch (DiffDoesNotApplyException refusal)
        {
            Assert.EndsWith(".", refusal.Message);
        }
    }
}
