using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// Everything that can happen to an instance. <c>InstanceState.Apply</c> of these is the only way its state changes.
/// The tags are stored: never change one, add.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(InstanceStarted), "instance-started")]
[JsonDerivedType(typeof(ActivityScheduled), "activity-scheduled")]
[JsonDerivedType(typeof(ActivityStarted), "activity-started")]
[JsonDerivedType(typeof(ExpressionEvaluated), "expression-evaluated")]
[JsonDerivedType(typeof(OutputAssigned), "output-assigned")]
[JsonDerivedType(typeof(StepCompleted), "step-completed")]
[JsonDerivedType(typeof(CallReserved), "call-reserved")]
[JsonDerivedType(typeof(CallSettled), "call-settled")]
[JsonDerivedType(typeof(ActivityCompleted), "activity-completed")]
[JsonDerivedType(typeof(ActivitySuspended), "activity-suspended")]
[JsonDerivedType(typeof(ActivityResumed), "activity-resumed")]
[JsonDerivedType(typeof(ActivityBranched), "activity-branched")]
[JsonDerivedType(typeof(ActivityRetryScheduled), "activity-retry-scheduled")]
[JsonDerivedType(typeof(ActivityFaulted), "activity-faulted")]
[JsonDerivedType(typeof(ActivitiesCanceled), "activities-canceled")]
[JsonDerivedType(typeof(BreakRaised), "break-raised")]
[JsonDerivedType(typeof(MessageReceived), "message-received")]
[JsonDerivedType(typeof(IncidentRaised), "incident-raised")]
[JsonDerivedType(typeof(CancelRequested), "cancel-requested")]
[JsonDerivedType(typeof(InstanceRetried), "instance-retried")]
[JsonDerivedType(typeof(InstanceFinished), "instance-finished")]
public abstract record JournalEntry
{
    private protected JournalEntry()
    {
    }

    /// <summary>1-based and without gaps.</summary>
    [JsonIgnore]
    public long Sequence { get; internal set; }

    [JsonIgnore]
    public DateTimeOffset Time { get; internal set; }
}

/// <summary>An entry about one execution.</summary>
public abstract record ExecutionEntry : JournalEntry
{
    private protected ExecutionEntry()
    {
    }

    [JsonPropertyName("x")]
    public required long ExecutionId { get; init; }
}

/// <summary>The instance exists, and its root is scheduled.</summary>
public sealed record InstanceStarted : JournalEntry
{
    [JsonPropertyName("definition")]
    public required string DefinitionId { get; init; }

    [JsonPropertyName("versionId")]
    public required string DefinitionVersionId { get; init; }

    [JsonPropertyName("version")]
    public required int DefinitionVersion { get; init; }

    [JsonPropertyName("document")]
    public required string DocumentHash { get; init; }

    [JsonPropertyName("input")]
    public required JsonElement Input { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("correlation")]
    public string? CorrelationId { get; init; }

    [JsonPropertyName("activation")]
    public string? ActivationKey { get; init; }

    /// <summary>The activity whose trigger started it, if one did.</summary>
    [JsonPropertyName("trigger")]
    public string? TriggerActivityId { get; init; }

    /// <summary>What the trigger brought.</summary>
    [JsonPropertyName("stimulus")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Stimulus { get; init; }

    [JsonPropertyName("settings")]
    public IReadOnlyDictionary<string, string>? Settings { get; init; }
}

/// <summary>A node waits for its turn.</summary>
public sealed record ActivityScheduled : ExecutionEntry
{
    [JsonPropertyName("node")]
    public required string ActivityId { get; init; }

    /// <summary>0: the root.</summary>
    [JsonPropertyName("parent")]
    public required long ParentId { get; init; }

    [JsonPropertyName("tag")]
    public int Tag { get; init; }

    /// <summary>Variables of its own scope, e.g. of an iteration.</summary>
    [JsonPropertyName("variables")]
    public IReadOnlyList<KeyValuePair<string, JsonElement>>? Variables { get; init; }
}

/// <summary>An execution runs: for the first time with its evaluated inputs; another attempt keeps them.</summary>
public sealed record ActivityStarted : ExecutionEntry
{
    [JsonPropertyName("node")]
    public required string ActivityId { get; init; }

    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    /// <summary>Null: those of an earlier attempt.</summary>
    [JsonPropertyName("inputs")]
    public IReadOnlyDictionary<string, JsonElement>? Inputs { get; init; }

    /// <summary>What the inputs' expressions changed.</summary>
    [JsonPropertyName("changes")]
    public IReadOnlyList<Change>? Changes { get; init; }

    /// <summary>The metered call reserved with it.</summary>
    [JsonPropertyName("call")]
    public MeteredCall? Call { get; init; }
}

/// <summary>An expression that a reducer asked for has a value.</summary>
public sealed record ExpressionEvaluated : ExecutionEntry
{
    [JsonPropertyName("key")]
    public required int Key { get; init; }

    [JsonPropertyName("value")]
    public required JsonElement Value { get; init; }

    [JsonPropertyName("changes")]
    public IReadOnlyList<Change>? Changes { get; init; }
}

/// <summary>A reducer set an output of its node while it runs.</summary>
public sealed record OutputAssigned : ExecutionEntry
{
    [JsonPropertyName("output")]
    public required string Output { get; init; }

    [JsonPropertyName("value")]
    public required JsonElement Value { get; init; }
}

/// <summary>A durable step landed: later attempts read it back.</summary>
public sealed record StepCompleted : ExecutionEntry
{
    [JsonPropertyName("step")]
    public required string Step { get; init; }

    [JsonPropertyName("result")]
    public required JsonElement Result { get; init; }
}

/// <summary>A metered call is about to be made.</summary>
public sealed record CallReserved : ExecutionEntry
{
    [JsonPropertyName("call")]
    public required MeteredCall Call { get; init; }
}

/// <summary>A metered call came back, failed, or came back too late; its execution may be gone.</summary>
public sealed record CallSettled : ExecutionEntry
{
    [JsonPropertyName("call")]
    public required MeteredCall Call { get; init; }
}

/// <summary>An execution is done; its outcomes choose what follows.</summary>
public sealed record ActivityCompleted : ExecutionEntry
{
    [JsonPropertyName("outcomes")]
    public required IReadOnlyList<string> Outcomes { get; init; }

    [JsonPropertyName("outputs")]
    public IReadOnlyDictionary<string, JsonElement>? Outputs { get; init; }

    [JsonPropertyName("changes")]
    public IReadOnlyList<Change>? Changes { get; init; }
}

/// <summary>An execution waits for one of these.</summary>
public sealed record ActivitySuspended : ExecutionEntry
{
    [JsonPropertyName("bookmarks")]
    public required IReadOnlyList<OpenBookmark> Bookmarks { get; init; }

    [JsonPropertyName("timers")]
    public required IReadOnlyList<PendingTimer> Timers { get; init; }

    [JsonPropertyName("changes")]
    public IReadOnlyList<Change>? Changes { get; init; }
}

/// <summary>A bookmark of a waiting execution.</summary>
public sealed record OpenBookmark(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("payload")] JsonElement Payload,
    [property: JsonPropertyName("multi")] bool IsMultiUse);

/// <summary>A timer of a waiting execution.</summary>
public sealed record PendingTimer(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("due")] DateTimeOffset DueAt);

/// <summary>A stimulus or a timer ended the wait.</summary>
public sealed record ActivityResumed : ExecutionEntry
{
    /// <summary>The bookmark or timer.</summary>
    [JsonPropertyName("by")]
    public required string ById { get; init; }

    [JsonPropertyName("timer")]
    public bool IsTimer { get; init; }

    [JsonPropertyName("name")]
    public required string Name { get; init; }

    [JsonPropertyName("input")]
    public JsonElement Input { get; init; }

    [JsonPropertyName("stimulus")]
    public string? StimulusId { get; init; }
}

/// <summary>A leaf runs embedded children of its own.</summary>
public sealed record ActivityBranched : ExecutionEntry
{
    [JsonPropertyName("ports")]
    public required IReadOnlyList<string> Ports { get; init; }

    [JsonPropertyName("outcomes")]
    public required IReadOnlyList<string> Outcomes { get; init; }

    [JsonPropertyName("outputs")]
    public IReadOnlyDictionary<string, JsonElement>? Outputs { get; init; }

    [JsonPropertyName("changes")]
    public IReadOnlyList<Change>? Changes { get; init; }
}

/// <summary>An execution will be tried again.</summary>
public sealed record ActivityRetryScheduled : ExecutionEntry
{
    [JsonPropertyName("timer")]
    public required PendingTimer Timer { get; init; }

    [JsonPropertyName("because")]
    public required Failure Because { get; init; }
}

/// <summary>An execution failed; it stays, so that it can be retried.</summary>
public sealed record ActivityFaulted : ExecutionEntry
{
    [JsonPropertyName("failure")]
    public required Failure Failure { get; init; }
}

/// <summary>These executions, and all below them, are cancelled.</summary>
public sealed record ActivitiesCanceled : JournalEntry
{
    /// <summary>Whose command it was; 0: from outside.</summary>
    [JsonPropertyName("by")]
    public long ById { get; init; }

    [JsonPropertyName("x")]
    public required IReadOnlyList<long> ExecutionIds { get; init; }
}

/// <summary>A Break was executed.</summary>
public sealed record BreakRaised : ExecutionEntry;

/// <summary>Somebody outside spoke into a conversation.</summary>
public sealed record MessageReceived : JournalEntry
{
    [JsonPropertyName("message")]
    public required TranscriptMessage Message { get; init; }

    [JsonPropertyName("stimulus")]
    public required string StimulusId { get; init; }
}

/// <summary>Something an operator should see that is not the fault of one execution, e.g. nothing is left that could ever go on.</summary>
public sealed record IncidentRaised : JournalEntry
{
    [JsonPropertyName("incident")]
    public required Incident Incident { get; init; }
}

/// <summary>Somebody asked for the end; running leaves get a bounded time.</summary>
public sealed record CancelRequested : JournalEntry
{
    [JsonPropertyName("reason")]
    public string? Reason { get; init; }

    [JsonPropertyName("stimulus")]
    public string? StimulusId { get; init; }
}

/// <summary>An operator retries what faulted.</summary>
public sealed record InstanceRetried : JournalEntry
{
    [JsonPropertyName("x")]
    public required IReadOnlyList<long> ExecutionIds { get; init; }
}

/// <summary>The instance is over.</summary>
public sealed record InstanceFinished : JournalEntry
{
    [JsonPropertyName("subStatus")]
    [JsonConverter(typeof(JsonStringEnumConverter<Storage.InstanceSubStatus>))]
    public required Storage.InstanceSubStatus SubStatus { get; init; }

    /// <summary>Whose Finish it was; 0: the root's completion, a fault or a cancel.</summary>
    [JsonPropertyName("by")]
    public long ById { get; init; }

    [JsonPropertyName("outcomes")]
    public IReadOnlyList<string>? Outcomes { get; init; }
}
