namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Collects the problems of one diff, so many that a person can use them and no more.</summary>
internal sealed class DiffProblems
{
    /// <summary>Nobody reads more; a hostile diff could otherwise make a sentence of each of its lines.</summary>
    private const int MaxListed = 1_000;

    private const int MaxExcerptLength = 60;

    private readonly List<DiffProblem> _problems = [];
    private int _unlisted;

    public void Add(int line, string message)
    {
        if (_problems.Count < MaxListed)
            _problems.Add(new DiffProblem(line, message));
        else
            _unlisted++;
    }

    public IReadOnlyList<DiffProblem> ToList(int lastLine)
    {
        if (_unlisted > 0)
            _problems.Add(new DiffProblem(lastLine, $"{_unlisted} more problems are not listed."));
        return [.. _problems.OrderBy(problem => problem.Line)];
    }

    /// <summary>Text of the diff as it may stand in a message: short, on one line, in quotes.</summary>
    /// <param name="maxLength">Characters, at most 300.</param>
    public static string Excerpt(ReadOnlySpan<char> text, int maxLength = MaxExcerptLength)
    {
        var cut = text.Length > maxLength;
        Span<char> shown = stackalloc char[300];
        shown = shown[..Math.Min(text.Length, maxLength)];
        for (var i = 0; i < shown.Length; i++)
            shown[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) ? '?' : text[i];
        return cut ? $"'{shown}…'" : $"'{shown}'";
    }
}
