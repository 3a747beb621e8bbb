using LlmOrc.Workflows.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>A run as a few lines that fit the window: each line is cut at its width, and of many activities those are shown that matter now.</summary>
internal sealed class LiveTree(RunView view, TimeProvider time) : Renderable
{
    // Head and totals, and one line for what is not shown.
    private const int OtherLines = 3;

    private static readonly string[] UnicodeFrames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    private static readonly string[] AsciiFrames = ["|", "/", "-", "\\"];
    private static readonly Style Dim = new(decoration: Decoration.Dim);
    private static readonly Style Bold = new(decoration: Decoration.Bold);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Bad = new(Color.Red);
    private static readonly Style Attention = new(Color.Yellow);

    private int _frame;

    /// <summary>Something about the whole run, e.g. that it is being stopped; shown beside the totals.</summary>
    public string Note { get; set; } = "";

    /// <summary>Moves the spinners on.</summary>
    public void Tick() => _frame++;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var lines = new List<List<Segment>>();
        lock (view.Gate)
            Describe(lines, options, Room(maxWidth));

        var width = Room(maxWidth);
        var segments = new List<Segment>();
        foreach (var line in lines)
        {
            if (segments.Count > 0)
                segments.Add(Segment.LineBreak);
            segments.AddRange(Segment.CellCount(line) > width ? Cut(line, width) : line);
        }

        return segments;
    }

    private static IEnumerable<Segment> Cut(List<Segment> line, int width)
    {
        var room = width - 1;
        foreach (var segment in line)
        {
            if (segment.CellCount() > room)
            {
                if (room > 0 && Segment.Truncate(segment, room) is { } part)
                    yield return part;
                break;
            }

            room -= segment.CellCount();
            yield return segment;
        }

        yield return new("…", Dim, null);
    }

    private void Describe(List<List<Segment>> lines, RenderOptions options, int width)
    {
        var now = time.GetUtcNow();
        var height = Math.Max(options.ConsoleSize.Height, OtherLines + 3);
        var shown = view.Executions.Where(RunLine.IsWorthShowing).ToList();
        var visible = Choose(shown, height - OtherLines - 2);

        lines.Add(Head());
        if (visible.Count < shown.Count)
            lines.Add([new($"{Guide(options, isLast: false)}{Units.Count(shown.Count - visible.Count)} more, of which {shown.Count(e => e.State == ExecutionState.Done)} done", Dim, null)]);
        for (var i = 0; i < visible.Count; i++)
            lines.Add(Describe(visible[i], Guide(options, isLast: i == visible.Count - 1), options, width, now));
        lines.Add(Totals(now));
    }

    private List<Segment> Head()
    {
        var line = new List<Segment> { new(TerminalText.CleanLine(view.Name ?? view.DefinitionId), Bold, null) };
        if (view.Name is not null)
            line.Add(new($"  {TerminalText.CleanLine(view.DefinitionId)}"));
        line.Add(new($"  {view.InstanceId}", Dim, null));
        return line;
    }

    // One column stays free: a character in the last one makes some terminals wrap.
    private static int Room(int maxWidth) => Math.Max(1, maxWidth - 1);

    // Of what is being said, the newest words count.
    private static string End(string text, int room)
    {
        if (room < 2)
            return "";
        if (new Segment(text).CellCount() <= room)
            return text;

        var from = Math.Max(0, text.Length - room + 1);
        while (from < text.Length && (char.IsLowSurrogate(text[from]) || new Segment(text[from..]).CellCount() > room - 1))
            from++;
        return "…" + text[from..];
    }

    // What is at work or went wrong comes first; the rest of the room is for what ended last. All in their order.
    private static List<ExecutionView> Choose(List<ExecutionView> all, int most)
    {
        if (all.Count <= most)
            return all;
        var chosen = all.OrderBy(e => e.State switch
        {
            ExecutionState.Running or ExecutionState.Waiting or ExecutionState.Retrying => 0,
            ExecutionState.Failed => 1,
            _ => 2,
        }).ThenByDescending(e => e.EndedAt ?? e.StartedAt).ThenByDescending(e => e.Id).Take(most).ToHashSet();
        return [.. all.Where(chosen.Contains)];
    }

    private List<Segment> Describe(ExecutionView execution, string guide, RenderOptions options, int width, DateTimeOffset now)
    {
        var (mark, style) = Mark(execution, options);
        var line = new List<Segment> { new(guide, Dim, null), new(mark, style, null), new(" "), new(RunLine.Label(execution)) };
        if (RunLine.Facts(execution, now) is { Length: > 0 } facts)
            line.Add(new($"  {facts}", Dim, null));
        if (RunLine.Remark(execution) is not { Length: > 0 } remark)
            return line;

        line.Add(new("  "));
        line.Add(execution.State switch
        {
            ExecutionState.Failed or ExecutionState.Retrying => new(remark, Bad, null),
            ExecutionState.Waiting => new(remark, Attention, null),
            _ => new(End(remark, width - Segment.CellCount(line)), Dim, null),
        });
        return line;
    }

    private List<Segment> Totals(DateTimeOffset now)
    {
        var elapsed = view.StartedAt is { } started ? (view.FinishedAt ?? now) - started : TimeSpan.Zero;
        var line = new List<Segment> { new($"{Units.Of(view.Usage)} · {Units.Duration(elapsed)}", Dim, null) };
        var state = Note.Length > 0 ? Note : view.IsCanceling && view.Ended is null ? "is being cancelled" : "";
        if (state.Length > 0)
            line.Add(new($"  {state}", Attention, null));
        return line;
    }

    private (string Mark, Style Style) Mark(ExecutionView execution, RenderOptions options) => execution.State switch
    {
        ExecutionState.Done => (options.Unicode ? "✓" : "+", Good),
        ExecutionState.Failed => (options.Unicode ? "✗" : "x", Bad),
        ExecutionState.Cancelled => (options.Unicode ? "–" : "-", Dim),
        ExecutionState.Waiting => (options.Unicode ? "…" : "?", Attention),
        ExecutionState.Retrying => ("!", Attention),
        _ => (Frame(options), Attention),
    };

    private string Frame(RenderOptions options)
    {
        var frames = options.Unicode ? UnicodeFrames : AsciiFrames;
        return frames[_frame % frames.Length];
    }

    private static string Guide(RenderOptions options, bool isLast) =>
        options.Unicode ? (isLast ? "└─ " : "├─ ") : (isLast ? "`- " : "|- ");
}
