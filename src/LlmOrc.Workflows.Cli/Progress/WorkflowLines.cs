using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Primitives;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>Lines that a workflow writes; while progress is shown, it places them.</summary>
internal sealed class WorkflowLines(Terminal terminal) : ILineWriter
{
    private IRunProgress? _progress;

    public void WriteLine(ActivityContext context, string text) => Say(text);

    /// <summary>A line about the run.</summary>
    public void Say(string text)
    {
        if (Volatile.Read(ref _progress) is { } progress)
            progress.Line(text);
        else
            terminal.Say(text);
    }

    /// <summary>From now on lines go there; null gives them back.</summary>
    public void ShowIn(IRunProgress? progress) => Volatile.Write(ref _progress, progress);
}
