using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>A report for a terminal: facts in a column, things of a list in panels, texts below their headings.</summary>
internal static class ReportPanels
{
    private static readonly Style Heading = new(decoration: Decoration.Bold);
    private static readonly Style Dim = new(decoration: Decoration.Dim);

    public static void Write(IReadOnlyList<Block> blocks, IAnsiConsole console)
    {
        if (blocks.Count > 0)
            console.Write(Stack(blocks));
    }

    private static Rows Stack(IReadOnlyList<Block> blocks)
    {
        var rows = new List<IRenderable>();
        if (Facts(blocks) is { } facts)
            rows.Add(facts);
        foreach (var block in blocks)
        {
            if (block is Block.Card card)
                rows.Add(Panel(card));
            if (block is not Block.Prose prose)
                continue;
            if (rows.Count > 0)
                rows.Add(new Text(""));
            if (prose.HasHeading)
                rows.Add(new Text(prose.Name, Heading));
            rows.Add(Markdown(prose.Text));
        }

        return new(rows);
    }

    private static Grid? Facts(IReadOnlyList<Block> blocks)
    {
        var facts = blocks.OfType<Block.Fact>().ToList();
        if (facts.Count == 0)
            return null;

        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true, Padding = new(0, 0, 2, 0) }).AddColumn(new GridColumn { Padding = new(0, 0, 0, 0) });
        foreach (var fact in facts)
            grid.AddRow(new Text(fact.Name, Dim), new Text(fact.Value));
        return grid;
    }

    private static Panel Panel(Block.Card card) => new(Stack(card.Body))
    {
        Border = BoxBorder.Rounded,
        BorderStyle = Dim,
        Expand = true,
        // A header is markup: the title is a model's or a document's.
        Header = new PanelHeader($" [bold]{Markup.Escape(Units.Shorten(card.Title, 60))}[/] "),
    };

    // As much of Markdown as reads better with styles: headings and code. All else is text as it is.
    private static Paragraph Markdown(string text)
    {
        var paragraph = new Paragraph();
        var isCode = false;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var isFence = lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal);
            isCode ^= isFence;
            var style = isCode || isFence ? Dim : lines[i].StartsWith('#') ? Heading : Style.Plain;
            paragraph.Append(style == Heading ? lines[i].TrimStart('#', ' ') : lines[i], style);
            if (i < lines.Length - 1)
                paragraph.Append("\n");
        }

        return paragraph;
    }
}
