using LlmOrc.Workflows.Cli.Output;
using Xunit;

namespace LlmOrc.Workflows.Tests.Output;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("", "")]
    [InlineData("two\nlines", "two\nlines")]
    [InlineData("two\r\nlines", "two\nlines")]
    [InlineData("over\rwritten", "over\nwritten")]
    [InlineData("a\tb", "a    b")]
    [InlineData("Grüße, 漢字, 👩‍👩‍👧, ✓", "Grüße, 漢字, 👩‍👩‍👧, ✓")]
    [InlineData("\x1b[31mred\x1b[0m", "red")]
    [InlineData("\x1b[2J\x1b[Hgone", "gone")]
    [InlineData("\x1b[?1049hother screen", "other screen")]
    [InlineData("\x1b]0;title\atext", "text")]
    [InlineData("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click")]
    [InlineData("\x1b]52;c;ZXZpbA==\atext", "text")]
    [InlineData("\x1bP+q544e\x1b\\text", "text")]
    [InlineData("\x1b(0lines", "lines")]
    [InlineData("\x1b" + "creset", "reset")]
    [InlineData("\x1b", "")]
    [InlineData("\x1b[", "")]
    [InlineData("\x1b[31", "")]
    [InlineData("\x1b]never ends", "never ends")]
    [InlineData("\x1b]ends\nnot here", "ends\nnot here")]
    [InlineData("\u009b31mred", "red")]
    [InlineData("\u009d0;title\u009ctext", "text")]
    [InlineData("bell\a, back\b\b, null\0, delete\x7f", "bell, back, null, delete")]
    [InlineData("if (admin\u202e\u2066) {\u2069", "if (admin) {")]
    [InlineData("zero\u200bwidth\ufeff\u2060", "zerowidth")]
    [InlineData("line\u2028separator\u2029s\u0085", "line\nseparator\ns\n")]
    [InlineData("tag\U000e0041s", "tags")]
    [InlineData("[bold]markup is text[/]", "[bold]markup is text[/]")]
    public void Text_from_outside_cannot_control_the_terminal(string hostile, string shown) => Assert.Equal(shown, TerminalText.Clean(hostile));

    [Fact]
    public void A_lone_surrogate_is_shown_as_unknown() => Assert.Equal("a\ufffdb", TerminalText.Clean("a" + '\ud800' + "b"));

    [Fact]
    public void Nothing_that_could_control_a_terminal_survives_whatever_is_sent()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        const string Alphabet = "\x1b\x1b\x1b[]P_^X\\;?0123456789mHJKh \a\b\r\n\t\0\x7f\u009b\u009c\u009d\u0090\u202e\u200b\u2066ab\ud83d\ude00";
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            var clean = TerminalText.Clean(text);
            Assert.False(clean.Any(c => (char.IsControl(c) && c != '\n') || c is '\u202e' or '\u2066' or '\u200b'), $"seed {seed}, round {round}: {Convert.ToHexString(System.Text.Encoding.BigEndianUnicode.GetBytes(text))}");
        }
    }

    [Theory]
    [InlineData("\x1b]")]
    [InlineData("\x1b[")]
    [InlineData("\u009d")]
    [InlineData("\u009b")]
    public void A_long_text_is_cleaned_in_time_that_grows_with_its_length(string introducer)
    {
        // A terminator that never comes must not be looked for again at each introducer: two million characters take moments, or hours.
        var hostile = string.Concat(Enumerable.Repeat(introducer, 1_000_000));

        Assert.Equal("", TerminalText.Clean(hostile));
    }

    [Fact]
    public void A_line_stays_one_line() => Assert.Equal("a b c", TerminalText.CleanLine("a\nb\r\nc"));
}
