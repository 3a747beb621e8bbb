using LlmOrc.Workflows.Agents.PullRequests;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests;

public sealed class FileDiffApplyTests
{
    [Theory]
    [InlineData("@@ -2 +2 @@\n-b\n+B\n", "a\nb\nc\n", "a\nB\nc\n")]
    [InlineData("@@ -0,0 +1 @@\n+new\n", "a\n", "new\na\n")]
    [InlineData("@@ -1,0 +2 @@\n+new\n", "a\nb\n", "a\nnew\nb\n")]
    [InlineData("@@ -2,0 +3 @@\n+new\n", "a\nb\n", "a\nb\nnew\n")]
    [InlineData("@@ -1,2 +0,0 @@\n-a\n-b\n", "a\nb\n", "")]
    [InlineData("@@ -2 +1,0 @@\n-b\n", "a\nb\nc", "a\nc")]
    [InlineData("@@ -1 +1,2 @@\n+x\n a\n@@ -3 +4 @@\n-c\n+C\n", "a\nb\nc\n", "x\na\nb\nC\n")]
    [InlineData("@@ -1 +1 @@\n-a\r\n+a\n", "a\r\n", "a\n")]
    public void Hunks_go_exactly_where_they_say(string hunks, string old, string expected) =>
        Assert.Equal(expected, Parse(hunks).ApplyTo(old));

    [Theory]
    [InlineData("@@ -2 +2 @@\n-b\n+B\n", "a\nx\nb\n", "line 2 of the old text is another one")]
    [InlineData("@@ -2 +2 @@\n-b\n+B\n", "a\nb\r\n", "another one")]
    [InlineData("@@ -2 +2 @@\n-b\n+B\n", "a\nb", "disagree")]
    [InlineData("@@ -2 +2 @@\n-b\n\\ No newline\n+B\n", "a\nb\n", "disagree")]
    [InlineData("@@ -2 +2 @@\n-b\n+B\n", "a\n", "ends before line 2")]
    [InlineData("@@ -9 +9 @@\n-b\n+B\n", "a\n", "has 1 lines")]
    [InlineData("@@ -2147483000 +2147483000 @@\n-b\n+B\n", "a\n", "has 1 lines")]
    [InlineData("@@ -1,0 +2 @@\n+new\n", "a", "no line end")]
    [InlineData("@@ -1 +1 @@\n-a\n+A\n\\ No newline\n", "a\nb\n", "is the last")]
    [InlineData("@@ -1 +1 @@\n-a\n+A\n@@ -1 +1 @@\n-A\n+B\n", "a\n", "could not be read")]
    [InlineData("@@ -1 +5 @@\n-a\n+A\n", "a\n", "could not be read")]
    [InlineData("@@ -1,2 +1,2 @@\n-a\n+A\n", "a\nb\n", "could not be read")]
    public void Anything_else_is_refused_with_the_reason(string hunks, string old, string reason)
    {
        var refusal = Assert.Throws<DiffDoesNotApplyException>(() => Parse(hunks).ApplyTo(old));
        Assert.Contains(reason, refusal.Message);
    }

    [Fact]
    public void An_added_file_has_no_old_text_and_a_deleted_one_no_new_text()
    {
        var added = UnifiedDiff.Parse("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n").Files[0];
        Assert.Equal("a\n", added.ApplyTo(""));
        Assert.Throws<DiffDoesNotApplyException>(() => added.ApplyTo("b\n"));
        var deleted = UnifiedDiff.Parse("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n").Files[0];
        Assert.Equal("", deleted.ApplyTo("a\n"));
        Assert.Throws<DiffDoesNotApplyException>(() => deleted.ApplyTo("a\nb\n"));
    }

    [Fact]
    public void A_binary_file_is_refused() =>
        Assert.Throws<DiffDoesNotApplyException>(() => UnifiedDiff.Parse("Binary files a/x and b/x differ\n").Files[0].ApplyTo(""));

    [Fact]
    public void A_file_that_only_moves_keeps_its_text() =>
        Assert.Equal("a", UnifiedDiff.Parse("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n").Files[0].ApplyTo("a"));

    private static FileDiff Parse(string hunks) => Assert.Single(UnifiedDiff.Parse("--- x\n+++ x\n" + hunks).Files);
}
