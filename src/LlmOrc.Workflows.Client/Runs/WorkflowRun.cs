using System.Text.Json;

namespace LlmOrc.Workflows.Client;

/// <summary>A run of a workflow.</summary>
public sealed record WorkflowRun
{
    public required string Id { get; init; }

    /// <summary>The definition's id.</summary>
    public required string Workflow { get; init; }

    public int Version { get; init; }

    /// <summary>A name for lists, given at its start.</summary>
    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    public required RunStatus Status { get; init; }

    public required RunSubStatus SubStatus { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How many parts of it faulted.</summary>
    public int IncidentCount { get; init; }

    /// <summary>The last thing that happened, see <see cref="LlmOrcClient.WatchAsync"/>.</summary>
    public long LastSequence { get; init; }

    /// <summary>Only of a run that was asked for with its tree.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>Outputs by name; not in lists, nor is what follows.</summary>
    public JsonElement? Output { get; init; }

    public RunUsage? Usage { get; init; }

    /// <summary>What it waits for.</summary>
    public IReadOnlyList<RunBookmark> Bookmarks { get; init; } = [];

    public IReadOnlyList<RunIncident> Incidents { get; init; } = [];

    /// <summary>Executions in the order they were scheduled; <see cref="RunActivity.Parent"/> makes them a tree. Only of a run that was asked for with its tree.</summary>
    public IReadOnlyList<RunActivity> Activities { get; init; } = [];
}

/// <summary>Whether a run is over.</summary>
public enum RunStatus
{
    Running,
    Finished,
}

/// <summary>How it stands with a run.</summary>
public enum RunSubStatus
{
    Pending,
    Executing,

    /// <summary>It waits for an answer or a time.</summary>
    Suspended,
    Finished,
    Cancelled,

    /// <summary>It can be retried.</summary>
    Faulted,
}

/// <summary>What model calls used; <paramref name="Cost"/> is in US dollars.</summary>
public sealed record RunUsage(long Calls, long PromptTokens, long CompletionTokens, decimal Cost);

/// <summary>One execution of an activity.</summary>
/// <param name="Parent">The execution around it; 0: none.</param>
/// <param name="Activity">Its id in the document.</param>
/// <param name="State">Ready, Running, Waiting, Retrying, Done, Failed or Cancelled.</param>
public sealed record RunActivity(
    long Execution, long Parent, string Activity, string Type, string? Name, string State, int Attempts, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    IReadOnlyList<string>? Outcomes, string? Agent, string? Model, RunUsage? Usage, RunFailure? Failure);

/// <summary>Something an operator should see.</summary>
/// <param name="Execution">0: of none.</param>
public sealed record RunIncident(long Execution, string Activity, string Type, RunFailure Failure, DateTimeOffset At);

/// <summary>What went wrong.</summary>
/// <param name="Type">A short, stable name of the kind of failure.</param>
/// <param name="Message">What happened and what to do about it.</param>
/// <param name="Final">Whether a retry can only come to the same: a new run is needed.</param>
/// <param name="Inner">The failure behind this one.</param>
public sealed record RunFailure(string Type, string Message, string? Code = null, string? Category = null, string? Detail = null, bool Final = false, RunFailure? Inner = null);
