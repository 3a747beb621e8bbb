namespace LlmOrc.Workflows.Client;

/// <summary>What a watcher sees.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>Something that is committed. Each comes once, in order.</summary>
    public sealed record Committed(RunEntry Entry) : RunEvent;

    /// <summary>Text that a model says at this moment; it is committed with its whole reply, or lost.</summary>
    /// <param name="Offset">Characters of this attempt before it.</param>
    public sealed record Token(long ExecutionId, int Attempt, int Offset, string Text) : RunEvent;

    /// <summary>A new attempt of an execution began to talk: forget what its earlier ones said.</summary>
    public sealed record Restarted(long ExecutionId, int Attempt) : RunEvent;

    /// <summary>The connection is lost, and is made anew; nothing is missed.</summary>
    /// <param name="Attempt">1-based, since the connection was last well.</param>
    /// <param name="RetryIn">The pause before it.</param>
    public sealed record Interrupted(int Attempt, TimeSpan RetryIn) : RunEvent;
}

/// <summary>How long to watch a run.</summary>
public enum WatchUntil
{
    /// <summary>Until it is over: finished, cancelled or faulted.</summary>
    Over,

    /// <summary>Until it is over, or waits for an answer or a time.</summary>
    Rest,
}
