using System.Text.Json;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// The door to the engine: starts, resumes, cancels and watches instances. Whoever still waits when it is disposed of, or comes after, gets a
/// <see cref="RuntimeClosedException"/>.
/// </summary>
public interface IWorkflowRuntime
{
    /// <summary>Starts an instance. Durable when it returns: its document is pinned, its first commit stored.</summary>
    /// <exception cref="Definitions.DefinitionInvalidException">The document has errors.</exception>
    /// <exception cref="InputInvalidException">A required input is missing, an input is unknown, one does not fit its type, or an <see cref="IStartCheck"/> refuses it.</exception>
    /// <exception cref="ConcurrencyConflictException">The instance id or activation key is taken.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was stored.</exception>
    Task<InstanceRow> StartAsync(StartRequest request, CancellationToken cancellationToken = default);

    /// <summary>Answers a bookmark; of any number of answers exactly one wins. The stimulus is durable when it returns <see cref="ResumeResult.Accepted"/>.</summary>
    Task<ResumeResult> ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Speaks into a conversation of an instance from outside. Durable when it returns <see cref="SayResult.Accepted"/>.</summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    Task<SayResult> SayAsync(SayRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Goes on with an instance that was interrupted (a crash, a stop) or faulted: takes its lease, repeats nothing that was committed,
    /// and retries what faulted.
    /// </summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    Task<ContinueResult> ContinueAsync(string instanceId, string tenantId = "", CancellationToken cancellationToken = default);

    /// <summary>Cancels an instance: the request is durable when it returns; running leaves get a bounded time to end.</summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    Task<CancelResult> CancelAsync(string instanceId, string? reason = null, string tenantId = "", CancellationToken cancellationToken = default);

    /// <summary>
    /// Committed entries from a sequence on, then what is committed next, until the instance is finished or suspended and
    /// <paramref name="untilRest"/> is set; tokens of turns in flight (of this process) in between.
    /// </summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    IAsyncEnumerable<InstanceEvent> WatchAsync(string instanceId, long fromSequence = 1, bool untilRest = true, string tenantId = "", CancellationToken cancellationToken = default);

    /// <summary>Waits until the instance rests: finished, or suspended with nothing to do.</summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    Task<InstanceRow> WaitAsync(string instanceId, string tenantId = "", CancellationToken cancellationToken = default);

    /// <summary>What a finished instance came to: its outputs, by name.</summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    Task<InstanceOutcome> GetOutcomeAsync(string instanceId, string tenantId = "", CancellationToken cancellationToken = default);
}

/// <summary>What to start.</summary>
public sealed record StartRequest
{
    /// <summary>The workflow document, UTF-8.</summary>
    public required ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>Values of the definition's inputs, by name (compared without case).</summary>
    public IReadOnlyDictionary<string, JsonElement> Input { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The new instance's id; the default is a new one (time-ordered, 32 hex digits).</summary>
    public string? InstanceId { get; init; }

    public string TenantId { get; init; } = "";

    public string? CorrelationId { get; init; }

    public string? Name { get; init; }

    /// <inheritdoc cref="InstanceRow.ActivationKey"/>
    public string? ActivationKey { get; init; }

    /// <summary>The activity whose trigger starts it; null starts at the workflow's own start.</summary>
    public string? TriggerActivityId { get; init; }

    /// <summary>What the trigger brought, e.g. an HTTP request; handed to that activity when it executes for the first time.</summary>
    public JsonElement Stimulus { get; init; }

    /// <summary>Facts about this run that its activities may ask for, e.g. the model chosen on the command line; kept with the instance.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>An answer to a bookmark.</summary>
/// <param name="StimulusId">Recognises a repeat of the same answer; the default is a new one.</param>
public sealed record ResumeRequest(string BookmarkId, JsonElement Input = default, string? StimulusId = null, string TenantId = "");

public enum ResumeResult
{
    /// <summary>This answer (or a repeat of it) counts.</summary>
    Accepted,

    /// <summary>Another answer was first.</summary>
    AlreadyAnswered,

    /// <summary>No bookmark has this id.</summary>
    NotFound,

    /// <summary>The instance ended, or went on without it.</summary>
    Gone,
}

/// <summary>Something to be said in a conversation.</summary>
/// <param name="Sender">One of its people.</param>
/// <param name="Recipient">Another one; null: all.</param>
/// <param name="StimulusId">Recognises a repeat of the same message; the default is a new one.</param>
public sealed record SayRequest(
    string InstanceId, string ConversationId, string Sender, string Content, string? Recipient = null, string? StimulusId = null, string TenantId = "")
{
    /// <summary>Most characters of a message; what is longer is a document, not something that is said.</summary>
    public const int MaxContentLength = 1024 * 1024;
}

public enum SayResult
{
    /// <summary>It is part of the conversation.</summary>
    Accepted,

    /// <summary>No such conversation was started.</summary>
    ConversationUnknown,

    /// <summary>Its sender is none of the people who take part, or its recipient takes no part.</summary>
    NotParticipant,

    /// <summary>Turns are taken in order, and it is somebody else's.</summary>
    NotYourTurn,

    /// <summary>The instance has ended.</summary>
    Gone,
}

public enum ContinueResult
{
    /// <summary>It goes on here.</summary>
    Continued,

    /// <summary>Another live process drives it; watching shows its progress.</summary>
    OwnedElsewhere,

    /// <summary>It waits for a person or a timer.</summary>
    Waiting,

    /// <summary>It is over.</summary>
    Finished,
}

public enum CancelResult
{
    Requested,
    AlreadyFinished,
}

/// <summary>What an instance came to.</summary>
/// <param name="Output">Outputs of the definition, an object.</param>
public sealed record InstanceOutcome(InstanceRow Row, JsonElement Output, IReadOnlyList<Incident> Incidents);

/// <summary>Something an operator should see.</summary>
public sealed record Incident(
    [property: System.Text.Json.Serialization.JsonPropertyName("execution")] long ExecutionId,
    [property: System.Text.Json.Serialization.JsonPropertyName("activity")] string ActivityId,
    [property: System.Text.Json.Serialization.JsonPropertyName("type")] string ActivityType,
    [property: System.Text.Json.Serialization.JsonPropertyName("failure")] Failure Failure,
    [property: System.Text.Json.Serialization.JsonPropertyName("at")] DateTimeOffset Time);

/// <summary>What a watcher sees.</summary>
public abstract record InstanceEvent
{
    private InstanceEvent()
    {
    }

    /// <summary>A committed entry.</summary>
    public sealed record Committed(JournalEntry Entry) : InstanceEvent;

    /// <summary>Text of a turn in flight: ephemeral, without a sequence.</summary>
    /// <param name="Offset">Characters of this attempt before it.</param>
    public sealed record Token(long ExecutionId, int Attempt, int Offset, string Text) : InstanceEvent;

    /// <summary>A new attempt of an execution began to talk: forget what its earlier ones said.</summary>
    public sealed record Restarted(long ExecutionId, int Attempt) : InstanceEvent;
}

/// <summary>There is no such instance in the store.</summary>
public sealed class InstanceNotFoundException(string instanceId)
    : Exception($"There is no run '{instanceId}' in this store. List the runs to find its id, or name the right data folder.");

/// <summary>The runtime was closed, with its host, before something could be awaited. What was committed is kept; what was under way goes on when the run does.</summary>
/// <param name="instanceId">The run, where it is known.</param>
public sealed class RuntimeClosedException(string? instanceId, Exception? inner = null) : OperationCanceledException(
    $"The host was closed while {(instanceId is null ? "this" : $"the run '{instanceId}'")} was under way. What was done is kept, and nothing of it is paid again: open the same store again and go on "
        + $"with {nameof(IWorkflowRuntime)}.{nameof(IWorkflowRuntime.ContinueAsync)}{(instanceId is null ? "" : $", with `llm-orc resume {instanceId}`")}, or, in a conversation, with its next message.",
    inner)
{
    /// <summary>The run; null where it is not known.</summary>
    public string? InstanceId { get; } = instanceId;
}

/// <summary>Somebody else was first.</summary>
public sealed class ConcurrencyConflictException(string message) : Exception(message);

/// <summary>The inputs of a start do not fit the definition; <see cref="Problems"/> says all of it at once.</summary>
public sealed class InputInvalidException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
