using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>How a command shows a run, where it is not as a tree with a report below it.</summary>
internal sealed record RunDisplay
{
    /// <summary>Shows it while it goes on.</summary>
    public required Func<RunDisplay, RunView, IRunProgress> Show { get; init; }

    /// <summary>Tells what it came to where it rests, and chooses the exit code.</summary>
    public required Func<RunView, InstanceRow, CancellationToken, Task<ExitCode>> Tell { get; init; }

    /// <summary>Executions whose questions were answered at the prompt.</summary>
    public HashSet<long> AnsweredHere { get; } = [];

    /// <summary>The message that stands last on the screen; null where something else does.</summary>
    public string? LastShown { get; set; }
}
