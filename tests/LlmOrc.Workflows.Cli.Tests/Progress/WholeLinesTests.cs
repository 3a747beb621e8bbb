using LlmOrc.Workflows.Cli.Progress;
using Spectre.Console;
using Xunit;

namespace LlmOrc.Workflows.Tests.Progress;

public sealed class WholeLinesTests
{
    [Theory]
    [InlineData("", "          \n")]
    [InlineData("short", "short     \n")]
    [InlineData("exactly 10", "exactly 10\n")]
    [InlineData("more than ten", "more than \nten       \n")]
    [InlineData("two\n\nlines", "two       \n          \nlines     \n")]
    [InlineData("漢字漢字漢字", "漢字漢字漢\n字        \n")]
    public void Every_line_is_as_wide_as_the_window(string text, string expected)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 10;

        console.Write(new WholeLines(text));

        Assert.Equal(expected, writer.ToString().ReplaceLineEndings("\n"));
    }
}
