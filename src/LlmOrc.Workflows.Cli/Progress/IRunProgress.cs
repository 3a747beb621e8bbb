using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>Shows a run while it goes on. Disposing it leaves the last state on the screen.</summary>
internal interface IRunProgress : IAsyncDisposable
{
    /// <summary>The view has taken this into account.</summary>
    void Changed(InstanceEvent @event);

    /// <summary>A line of the workflow's own, or about the run.</summary>
    void Line(string text);
}
