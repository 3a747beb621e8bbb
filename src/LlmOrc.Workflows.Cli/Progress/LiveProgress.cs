using System.Collections.Concurrent;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Execution;
using Spectre.Console;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>A run redrawn in place, at a steady pace however fast it changes.</summary>
internal sealed class LiveProgress : IRunProgress
{
    // Ten a second look alive and cost nothing.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly LiveTree _tree;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _drawing;

    public LiveProgress(RunView view, IAnsiConsole console, TimeProvider time, CancellationToken interrupted)
    {
        (_console, _time) = (console, time);
        _tree = new(view, time);
        _drawing = Task.Run(() => DrawAsync(interrupted), CancellationToken.None);
    }

    public void Changed(InstanceEvent @event)
    {
        // The next frame shows it.
    }

    public void Line(string text) => _lines.Enqueue(TerminalText.Clean(text));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _drawing;
        _stopping.Dispose();
    }

    private Task DrawAsync(CancellationToken interrupted) => _console.Live(_tree)
        .AutoClear(false)
        .Overflow(VerticalOverflow.Crop)
        .Cropping(VerticalOverflowCropping.Bottom)
        .StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(Interval, _time);
            do
            {
                _tree.Tick();
                _tree.Note = interrupted.IsCancellationRequested ? "is being stopped" : "";
                WriteLines();
                live.Refresh();
            }
            while (await WaitAsync(timer));

            _tree.Note = "";
            WriteLines();
            live.Refresh();
        });

    private async Task<bool> WaitAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Written above the tree, where they stay.
    private void WriteLines()
    {
        while (_lines.TryDequeue(out var line))
            _console.Write(new WholeLines(line));
    }
}
