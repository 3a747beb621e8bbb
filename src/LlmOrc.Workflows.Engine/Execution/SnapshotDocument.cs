using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>The stored shape of <see cref="InstanceState"/>: explicit names, our own tags, no CLR names. Written only when no command is pending.</summary>
internal sealed record SnapshotDocument
{
    [JsonPropertyName("format")]
    public int Format { get; init; } = 1;

    [JsonPropertyName("sequence")]
    public required long Sequence { get; init; }

    [JsonPropertyName("createdAt")]
    public required DateTimeOffset CreatedAt { get; init; }

    [JsonPropertyName("updatedAt")]
    public required DateTimeOffset UpdatedAt { get; init; }

    [JsonPropertyName("finishedAt")]
    public DateTimeOffset? FinishedAt { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("correlation")]
    public string? CorrelationId { get; init; }

    [JsonPropertyName("activation")]
    public string? ActivationKey { get; init; }

    [JsonPropertyName("trigger")]
    public string? TriggerActivityId { get; init; }

    /// <summary>What the trigger brought, until its activity has it.</summary>
    [JsonPropertyName("stimulus")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Stimulus { get; init; }

    /// <summary>HTTP requests that have no answer yet, oldest first.</summary>
    [JsonPropertyName("requests")]
    public IReadOnlyList<OpenHttpRequest>? HttpRequests { get; init; }

    [JsonPropertyName("input")]
    public JsonElement Input { get; init; }

    [JsonPropertyName("settings")]
    public IReadOnlyDictionary<string, string>? Settings { get; init; }

    [JsonPropertyName("output")]
    public required SortedDictionary<string, JsonElement> Output { get; init; }

    [JsonPropertyName("outputs")]
    public required SortedDictionary<string, IReadOnlyDictionary<string, JsonElement>> OutputsByNode { get; init; }

    [JsonPropertyName("lastResult")]
    public JsonElement LastResult { get; init; }

    [JsonPropertyName("incidents")]
    public required IReadOnlyList<Incident> Incidents { get; init; }

    [JsonPropertyName("final")]
    [JsonConverter(typeof(JsonStringEnumConverter<InstanceSubStatus>))]
    public InstanceSubStatus? FinalSubStatus { get; init; }

    [JsonPropertyName("canceling")]
    public bool IsCanceling { get; init; }

    [JsonPropertyName("faulting")]
    public bool IsFaulting { get; init; }

    [JsonPropertyName("lastExecution")]
    public long LastExecutionId { get; init; }

    [JsonPropertyName("lastMessage")]
    public long LastMessageSequence { get; init; }

    [JsonPropertyName("rootOutcomes")]
    public IReadOnlyList<string>? RootOutcomes { get; init; }

    [JsonPropertyName("conversations")]
    public IReadOnlyList<Conversation>? Conversations { get; init; }

    /// <summary>Parents before children.</summary>
    [JsonPropertyName("executions")]
    public required IReadOnlyList<ExecutionDocument> Executions { get; init; }

    [JsonPropertyName("ready")]
    public required IReadOnlyList<long> Ready { get; init; }

    public static SnapshotDocument Of(InstanceState state) => new()
    {
        Sequence = state.Sequence,
        CreatedAt = state.CreatedAt,
        UpdatedAt = state.UpdatedAt,
        FinishedAt = state.FinishedAt,
        Name = state.Name,
        CorrelationId = state.CorrelationId,
        ActivationKey = state.ActivationKey,
        TriggerActivityId = state.TriggerActivityId,
        Stimulus = state.Stimulus,
        HttpRequests = state.HttpRequests.Count == 0 ? null : state.HttpRequests,
        Input = state.Input,
        Settings = state.Settings.Count == 0 ? null : state.Settings,
        Output = new(state.Output.ToDictionary(), StringComparer.Ordinal),
        OutputsByNode = new(state.OutputsByNode.ToDictionary(), StringComparer.Ordinal),
        LastResult = state.LastResult.ValueKind == JsonValueKind.Undefined ? Values.Null : state.LastResult,
        Incidents = state.Incidents,
        FinalSubStatus = state.Status == InstanceStatus.Finished ? state.SubStatus : null,
        IsCanceling = state.IsCanceling,
        IsFaulting = state.IsFaulting,
        LastExecutionId = state.LastExecutionId,
        LastMessageSequence = state.LastMessageSequence,
        RootOutcomes = state.RootOutcomes,
        Conversations = state.Conversations.Count == 0 ? null : [.. state.Conversations.Values],
        Executions = [.. InTreeOrder(state.Root).Select(ExecutionDocument.Of)],
        Ready = [.. state.Ready.Select(e => e.Id)],
    };

    private static IEnumerable<ExecutionState> InTreeOrder(ExecutionState? root)
    {
        var pending = new Queue<ExecutionState>();
        if (root is not null)
            pending.Enqueue(root);
        while (pending.TryDequeue(out var execution))
        {
            yield return execution;
            foreach (var child in execution.Children)
                pending.Enqueue(child);
        }
    }
}

/// <summary>The stored shape of one live execution.</summary>
internal sealed record ExecutionDocument
{
    [JsonPropertyName("x")]
    public required long Id { get; init; }

    [JsonPropertyName("node")]
    public required string ActivityId { get; init; }

    [JsonPropertyName("parent")]
    public long ParentId { get; init; }

    [JsonPropertyName("tag")]
    public int Tag { get; init; }

    [JsonPropertyName("status")]
    [JsonConverter(typeof(JsonStringEnumConverter<ExecutionStatus>))]
    public ExecutionStatus Status { get; init; }

    [JsonPropertyName("attempt")]
    public int Attempt { get; init; }

    /// <summary>Null in snapshots of a release that did not keep it, and before the start.</summary>
    [JsonPropertyName("startedAt")]
    public DateTimeOffset? StartedAt { get; init; }

    [JsonPropertyName("entries")]
    public int Entries { get; init; }

    [JsonPropertyName("inputs")]
    public IReadOnlyDictionary<string, JsonElement>? Inputs { get; init; }

    [JsonPropertyName("flow")]
    public FlowState? Flow { get; init; }

    [JsonPropertyName("variables")]
    public IReadOnlyList<VariableDocument>? Variables { get; init; }

    [JsonPropertyName("steps")]
    public SortedDictionary<string, JsonElement>? Steps { get; init; }

    [JsonPropertyName("bookmarks")]
    public IReadOnlyList<OpenBookmark>? Bookmarks { get; init; }

    [JsonPropertyName("timers")]
    public IReadOnlyList<PendingTimer>? Timers { get; init; }

    [JsonPropertyName("resumed")]
    public ResumptionDocument? ResumedBy { get; init; }

    [JsonPropertyName("branch")]
    public BranchDocument? Branch { get; init; }

    [JsonPropertyName("faultedKey")]
    public int? FaultedKey { get; init; }

    public static ExecutionDocument Of(ExecutionState state) => new()
    {
        Id = state.Id,
        ActivityId = state.Node.Id,
        ParentId = state.Parent?.Id ?? 0,
        Tag = state.Tag,
        Status = state.Status,
        Attempt = state.Attempt,
        StartedAt = state.Inputs is null ? null : state.StartedAt,
        Entries = state.Entries,
        Inputs = state.Inputs,
        Flow = state.Flow,
        Variables = state.Variables?.ConvertAll(v => new VariableDocument(v.Id, v.Name, v.TypeName, v.Value)),
        Steps = state.Steps is null ? null : new(state.Steps, StringComparer.Ordinal),
        Bookmarks = state.Bookmarks.Count == 0 ? null : state.Bookmarks,
        Timers = state.Timers.Count == 0 ? null : state.Timers,
        ResumedBy = state.ResumedBy is { } by ? new(by.Name, by.IsTimer, by.Input) : null,
        Branch = state.Branch is { } branch ? new(branch.Alive, branch.Outcomes, branch.Outputs) : null,
        FaultedKey = state.FaultedKey,
    };

    public ExecutionState ToState(InstanceState state)
    {
        var node = state.Graph.FindNode(ActivityId) ?? throw new StoreCorruptException($"The snapshot of '{state.Key}' names the activity '{ActivityId}', which its document does not have.");
        return new(Id, node, ParentId == 0 ? null : state.Executions[ParentId], Tag)
        {
            Status = Status,
            Attempt = Attempt,
            StartedAt = StartedAt ?? state.UpdatedAt,
            Entries = Entries,
            Inputs = Inputs,
            Flow = Flow,
            Variables = Variables?.Select(v => new VariableState(v.Id, v.Name, v.TypeName, v.Value)).ToList(),
            Steps = Steps is null ? null : new(Steps),
            Bookmarks = Bookmarks ?? [],
            Timers = Timers ?? [],
            ResumedBy = ResumedBy is { } by ? new Resumption(by.Name, by.IsTimer, by.Input) : null,
            Branch = Branch is { } branch ? new(branch.Alive, branch.Outcomes, branch.Outputs) : null,
            FaultedKey = FaultedKey,
        };
    }
}

internal sealed record VariableDocument(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("type")] string? TypeName,
    [property: JsonPropertyName("value")] JsonElement Value);

internal sealed record ResumptionDocument(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("timer")] bool IsTimer,
    [property: JsonPropertyName("input")] JsonElement Input);

internal sealed record BranchDocument(
    [property: JsonPropertyName("alive")] int Alive,
    [property: JsonPropertyName("outcomes")] IReadOnlyList<string> Outcomes,
    [property: JsonPropertyName("outputs")] IReadOnlyDictionary<string, JsonElement>? Outputs);
