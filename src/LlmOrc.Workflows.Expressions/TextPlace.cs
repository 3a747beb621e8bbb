namespace LlmOrc.Workflows.Expressions;

/// <summary>Turns an index into a line and column, both from 1.</summary>
internal static class TextPlace
{
    public static (int Line, int Column) Of(string text, int index)
    {
        var before = text.AsSpan(0, Math.Min(index, text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
