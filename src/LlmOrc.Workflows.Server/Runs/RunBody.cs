using System.Text.Json;
using LlmOrc.Workflows.Agents.Watching;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>A run as callers see it. The names are part of the API: add, never change.</summary>
internal sealed record RunBody
{
    public required string Id { get; init; }

    /// <summary>The definition's id.</summary>
    public required string Workflow { get; init; }

    public required int Version { get; init; }

    public string? Name { get; init; }

    public string? CorrelationId { get; init; }

    public required InstanceStatus Status { get; init; }

    public required InstanceSubStatus SubStatus { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How many parts of it faulted.</summary>
    public required int IncidentCount { get; init; }

    /// <summary>The sequence of the last thing that happened.</summary>
    public required long LastSequence { get; init; }

    /// <summary>Not in lists; nor is what follows.</summary>
    public JsonElement? Input { get; init; }

    public JsonElement? Output { get; init; }

    public Usage? Usage { get; init; }

    /// <summary>What the run waits for: answers, requests, events.</summary>
    public IReadOnlyList<BookmarkBody>? Bookmarks { get; init; }

    public IReadOnlyList<Incident>? Incidents { get; init; }

    /// <summary>Executions in the order they were scheduled; <see cref="ActivityBody.Parent"/> makes them a tree.</summary>
    public IReadOnlyList<ActivityBody>? Activities { get; init; }

    public static RunBody Of(InstanceRow row) => new()
    {
        Id = row.Key.InstanceId,
        Workflow = row.DefinitionId,
        Version = row.DefinitionVersion,
        Name = row.Name,
        CorrelationId = row.CorrelationId,
        Status = row.Status,
        SubStatus = row.SubStatus,
        StartedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
        FinishedAt = row.FinishedAt,
        IncidentCount = row.IncidentCount,
        LastSequence = row.LastSequence,
    };
}

/// <summary>One execution of an activity.</summary>
/// <param name="Parent">The execution around it; 0: none.</param>
internal sealed record ActivityBody(
    long Execution, long Parent, string Activity, string Type, string? Name, ExecutionState State, int Attempts, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    IReadOnlyList<string> Outcomes, string? Agent, string? Model, Usage? Usage, Failure? Failure)
{
    public static ActivityBody Of(ExecutionView execution) => new(
        execution.Id, execution.ParentId, execution.ActivityId, execution.Type, execution.Node?.Name, execution.State, execution.Attempts, execution.StartedAt, execution.EndedAt,
        execution.Outcomes, execution.Agent, execution.Model, execution.IsMetered ? Usage.Of(execution.Calls) : null, execution.Failure);
}

/// <summary>Where a run waits.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Payload">What is asked, or what it matches by.</param>
/// <param name="Execution">The execution that waits.</param>
internal sealed record BookmarkBody(
    string Id, string Run, string Name, string Activity, JsonElement Payload, BookmarkStatus Status, DateTimeOffset CreatedAt, long Execution, DateTimeOffset? ConsumedAt)
{
    public static BookmarkBody Of(InstanceKey run, BookmarkRow row) => new(
        row.Id, run.InstanceId, row.Name, row.ActivityId, row.Payload.IsEmpty ? Values.Null : JsonElement.Parse(row.Payload.Span), row.Status, row.CreatedAt, row.ExecutionId, row.ConsumedAt);
}

/// <summary>A page of a list.</summary>
/// <param name="Next">Pass it as <c>after</c> to get the next page; null where this is the last one.</param>
internal sealed record PageBody<T>(IReadOnlyList<T> Items, string? Next);
