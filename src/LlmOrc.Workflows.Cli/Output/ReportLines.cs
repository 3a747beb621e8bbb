namespace LlmOrc.Workflows.Cli.Output;

/// <summary>A report as plain text, for files and pipes: nothing is wrapped, nothing is coloured.</summary>
internal static class ReportLines
{
    public static void Write(IReadOnlyList<Block> blocks, TextWriter writer) => Write(blocks, writer, indent: "");

    private static void Write(IReadOnlyList<Block> blocks, TextWriter writer, string indent)
    {
        foreach (var block in blocks)
        {
            switch (block)
            {
                case Block.Fact fact:
                    writer.WriteLine($"{indent}{fact.Name}: {fact.Value}");
                    break;
                case Block.Prose { HasHeading: false } prose:
                    WriteText(prose.Text, writer, indent);
                    break;
                case Block.Prose prose:
                    writer.WriteLine();
                    writer.WriteLine($"{indent}{prose.Name}:");
                    WriteText(prose.Text, writer, indent + "  ");
                    break;
                case Block.Card card:
                    writer.WriteLine();
                    writer.WriteLine($"{indent}== {card.Title}");
                    Write(card.Body, writer, indent + "  ");
                    break;
            }
        }
    }

    private static void WriteText(string text, TextWriter writer, string indent)
    {
        foreach (var line in text.Split('\n'))
            writer.WriteLine(line.Length == 0 ? "" : indent + line);
    }
}
