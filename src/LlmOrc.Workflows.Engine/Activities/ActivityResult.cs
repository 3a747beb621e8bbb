using System.Text.Json;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Activities;

/// <summary>What a leaf came to: a closed set.</summary>
public abstract record ActivityResult
{
    private static readonly DoneResult PlainDone = new(["Done"], []);

    private ActivityResult()
    {
    }

    /// <summary>Completed with the outcome <c>Done</c> and these changes.</summary>
    public static ActivityResult Done(params IReadOnlyList<Change> changes) => changes.Count == 0 ? PlainDone : new DoneResult(["Done"], changes);

    /// <summary>Completed with these outcomes, which choose the connections that are followed.</summary>
    public static ActivityResult Outcomes(IReadOnlyList<string> outcomes, params IReadOnlyList<Change> changes) => new DoneResult(outcomes, changes);

    /// <summary>Waits for one of these; the first one burns the rest and re-enters the activity.</summary>
    public static ActivityResult Wait(IReadOnlyList<BookmarkRequest> bookmarks, IReadOnlyList<TimerRequest>? timers = null, IReadOnlyList<Change>? changes = null) =>
        new WaitResult(bookmarks, timers ?? [], changes ?? []);

    /// <summary>Runs embedded children of these ports; the activity completes with <paramref name="outcomes"/> when the last of them has completed.</summary>
    public static ActivityResult Branch(IReadOnlyList<string> ports, IReadOnlyList<string>? outcomes = null, IReadOnlyList<Change>? changes = null) =>
        new BranchResult(ports, outcomes ?? ["Done"], changes ?? []);

    /// <summary>Executes again, as the next attempt, after a durable timer.</summary>
    public static ActivityResult RetryAfter(TimeSpan delay, Failure because) => new RetryResult(delay, because);

    /// <summary>Faults the execution.</summary>
    public static ActivityResult Fail(Failure failure) => new FailResult(failure);

    internal sealed record DoneResult(IReadOnlyList<string> OutcomeNames, IReadOnlyList<Change> Changes) : ActivityResult;

    internal sealed record WaitResult(IReadOnlyList<BookmarkRequest> Bookmarks, IReadOnlyList<TimerRequest> Timers, IReadOnlyList<Change> Changes) : ActivityResult;

    internal sealed record BranchResult(IReadOnlyList<string> Ports, IReadOnlyList<string> OutcomeNames, IReadOnlyList<Change> Changes) : ActivityResult;

    internal sealed record RetryResult(TimeSpan Delay, Failure Because) : ActivityResult;

    internal sealed record FailResult(Failure Failure) : ActivityResult;
}

/// <summary>A place to wait at.</summary>
/// <param name="Name">What kind of stimulus resumes it, e.g. <c>Question</c>.</param>
/// <param name="Payload">What the waiting one asks or matches by; shown to whoever answers.</param>
/// <param name="IsMultiUse">Stays open when used, and re-enters the same execution each time.</param>
/// <param name="Key">
/// Where it is set, an execution that waits again with the same key opens the same bookmark again, under the id that people hold
/// already: after a reminder, or after an answer that did not fit.
/// </param>
public sealed record BookmarkRequest(string Name, JsonElement Payload = default, bool IsMultiUse = false, string? Key = null);

/// <summary>A durable timer to wait for; years are ordinary.</summary>
public sealed record TimerRequest(string Name, DateTimeOffset DueAt);
