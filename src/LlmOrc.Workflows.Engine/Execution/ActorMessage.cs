using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Execution;

/// <summary>What an instance's actor is told: a closed set.</summary>
internal abstract record ActorMessage
{
    private ActorMessage()
    {
    }

    /// <summary>Look whether there is something to do; timers that are due fire.</summary>
    public sealed record Wake : ActorMessage;

    /// <summary>A leaf ended. <paramref name="Entries"/> are steps and calls that are not committed yet.</summary>
    public sealed record LeafLanded(Launch Launch, ActivityResult? Result, IReadOnlyDictionary<string, JsonElement>? Outputs, IReadOnlyList<ExecutionEntry> Entries) : ActorMessage;

    /// <summary>Steps and calls of a leaf that goes on; it may wait for them to be durable.</summary>
    public sealed record StepsLanded(Launch Launch, IReadOnlyList<ExecutionEntry> Entries, TaskCompletionSource? Durable) : ActorMessage;

    /// <summary>An answer to a bookmark.</summary>
    public sealed record Resume(string BookmarkId, JsonElement Input, string StimulusId, TaskCompletionSource<ResumeResult>? Answer) : ActorMessage;

    /// <summary>Somebody outside speaks.</summary>
    public sealed record Say(TranscriptMessage Message, string StimulusId, TaskCompletionSource<SayResult>? Answer) : ActorMessage;

    /// <summary>Somebody wants the end of it.</summary>
    public sealed record Cancel(string? Reason, string? StimulusId, TaskCompletionSource<CancelResult>? Answer) : ActorMessage;

    /// <summary>An operator retries what faulted.</summary>
    public sealed record Retry(TaskCompletionSource<ContinueResult> Answer) : ActorMessage;

    /// <summary>Leaves that were cancelled have had their time.</summary>
    public sealed record GraceElapsed(IReadOnlyList<Launch> Launches) : ActorMessage;
}

/// <summary>One attempt of a leaf in this process.</summary>
internal sealed class Launch(ExecutionState execution, int attempt) : IDisposable
{
    // Only what runs beside the actor can be cancelled.
    private readonly CancellationTokenSource? _cancellation = execution.Node.Descriptor?.HasEffect is true ? new() : null;

    /// <summary>In the state as it is held now; another object after a reload.</summary>
    public ExecutionState Execution { get; set; } = execution;

    public int Attempt { get; } = attempt;

    public CancellationToken Token => _cancellation?.Token ?? CancellationToken.None;

    /// <summary>Whether its execution was cancelled: only what it cost still counts.</summary>
    public bool IsVoid { get; set; }

    public void Cancel() => _cancellation?.Cancel();

    public void Dispose() => _cancellation?.Dispose();
}
