using System.Text.Json;
using LlmOrc.Workflows.Cli.Output;
using Spectre.Console;
using Xunit;

namespace LlmOrc.Workflows.Tests.Output;

public sealed class ReportTests
{
    private const string Review = """
        {
          "summary": "# Verdict\nTwo points.\n- [bold]one[/]\n```\ncode\n```",
          "failed_reviewers": [],
          "pr_title": "Search customers",
          "reviews": [
            { "reviewer": "senior_developer", "feedback": "Line one.\n\nLine three.", "specialization": ["correctness", "tests"] },
            { "reviewer": "security_expert [red]", "feedback": "Short.", "specialization": [] }
          ],
          "total_reviewers": 3
        }
        """;

    [Fact]
    public void A_review_is_plain_text_in_a_file()
    {
        using var writer = new StringWriter { NewLine = "\n" };

        ReportLines.Write(Report.Of(JsonElement.Parse(Review), ["pr_title", "reviews", "summary", "total_reviewers", "failed_reviewers"]), writer);

        Assert.Equal(
            """
            Pr title: Search customers
            Total reviewers: 3
            Failed reviewers: none

            == senior_developer
              Specialization: correctness, tests
              Line one.

              Line three.

            == security_expert [red]
              Feedback: Short.
              Specialization: none

            Summary:
              # Verdict
              Two points.
              - [bold]one[/]
              ```
              code
              ```

            """.ReplaceLineEndings("\n"),
            writer.ToString());
    }

    [Fact]
    public void A_discussion_reads_from_the_question_to_what_was_said_and_two_texts_of_one_thing_keep_their_names()
    {
        const string Discussion = """
            {
              "rounds": [{ "round": 1, "question": "LONG", "contributions": [{ "expert": "ux", "contribution": "Short." }] }],
              "refinements": [{ "original_idea": "LONG", "refined_by": "critic", "refinement": "Shorter." }]
            }
            """;
        var text = new string('a', 101);
        using var writer = new StringWriter { NewLine = "\n" };

        ReportLines.Write(Report.Of(JsonElement.Parse(Discussion.Replace("LONG", text, StringComparison.Ordinal))), writer);

        Assert.Equal(
            $"""

            == Rounds 1
              Round: 1
              {text}

              == ux
                Short.

            == critic
              Refinement: Shorter.

              Original idea:
                {text}

            """.ReplaceLineEndings("\n"),
            writer.ToString());
    }

    [Fact]
    public void A_review_is_panels_on_a_terminal()
    {
        var text = Render(Report.Of(JsonElement.Parse(Review)), width: 60);

        Assert.Contains("╭─senior_developer", text, StringComparison.Ordinal);
        Assert.Contains("╭─security_expert [red]", text, StringComparison.Ordinal);
        Assert.Contains("│ Line three.", text, StringComparison.Ordinal);
        Assert.Contains("- [bold]one[/]", text, StringComparison.Ordinal);
        Assert.Contains("\nVerdict", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 60, line));
    }

    [Theory]
    [InlineData("null", 0)]
    [InlineData("{}", 0)]
    [InlineData("[]", 1)]
    [InlineData("42", 1)]
    [InlineData("\"text\"", 1)]
    [InlineData("{\"a\":null,\"b\":true,\"c\":1.5,\"d\":\"\",\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{\"j\":1}}}}}}", 5)]
    [InlineData("{\"list\":[1,\"two\",null,[3],{\"x\":4}]}", 5)]
    public void Any_value_can_be_reported(string json, int blocks)
    {
        var report = Report.Of(JsonElement.Parse(json));

        Assert.Equal(blocks, report.Count);
        Assert.NotNull(Render(report, width: 40));
        using var writer = new StringWriter();
        ReportLines.Write(report, writer);
    }

    [Fact]
    public void Hostile_text_is_shown_as_text()
    {
        var hostile = JsonSerializer.SerializeToElement(new Dictionary<string, object?>
        {
            ["na\x1b[31mme"] = "va\x1b]0;x\alue",
            ["list"] = new[] { new Dictionary<string, string> { ["[/]title"] = "\x1b[2J[/][bold]", ["text"] = new string('x', 200) + "\u009b2J\n" } },
            ["prose"] = new string('y', 200) + "\x1b[2J\u202e",
        });

        var text = Render(Report.Of(hostile), width: 80);

        Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || c == '\u202e');
        Assert.Contains("[/][bold]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_without_end_is_cut()
    {
        var list = JsonSerializer.SerializeToElement(new { items = Enumerable.Range(0, 5000).Select(i => new { name = $"item {i}" }) });

        var report = Report.Of(list);

        Assert.Equal(201, report.Count);
        Assert.Contains(report, b => b is Block.Fact { Value: "4800 more; --json shows them" });
    }

    private static string Render(IReadOnlyList<Block> blocks, int width)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        ReportPanels.Write(blocks, console);
        return writer.ToString().ReplaceLineEndings("\n");
    }
}
