using Spectre.Console.Rendering;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>A text as lines of the whole window's width: what stood there before is covered.</summary>
internal sealed class WholeLines(string text) : Renderable
{
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in text.Split('\n'))
        {
            foreach (var row in Segment.SplitLines([new Segment(line)], maxWidth, null))
            {
                foreach (var segment in row)
                    yield return segment;
                if (row.CellCount() is var width && width < maxWidth)
                    yield return Segment.Padding(maxWidth - width);
                yield return Segment.LineBreak;
            }
        }
    }
}
