using System.Text.Json;

namespace LlmOrc.Workflows.Activities;

/// <summary>What a leaf knows of where it runs, and its two ways to make work durable before it is done: steps and metered calls.</summary>
public abstract class ActivityContext
{
    public abstract string TenantId { get; }

    public abstract string InstanceId { get; }

    /// <summary>The node's id in the document.</summary>
    public abstract string ActivityId { get; }

    public abstract string? ActivityName { get; }

    /// <summary>This execution of the node, unique in the instance.</summary>
    public abstract long ExecutionId { get; }

    /// <summary>1 at first; one more after each crash, retry or operator's retry.</summary>
    public abstract int Attempt { get; }

    /// <summary>When this execution started for the first time: attempts and waits do not change it.</summary>
    public abstract DateTimeOffset StartedAt { get; }

    /// <summary>The same for every attempt of this execution (after a wait: of this entry): give it to whoever can recognise a repeat.</summary>
    public abstract string IdempotencyKey { get; }

    /// <summary>Facts about the run given at its start, e.g. the model chosen on the command line.</summary>
    public abstract IReadOnlyDictionary<string, string> Settings { get; }

    public abstract TimeProvider Time { get; }

    /// <summary>What ended the wait, or what the trigger brought that started the run here; null when the activity runs for the first time or is retried.</summary>
    public abstract Resumption? ResumedBy { get; }

    /// <summary>A conversation of the instance that was started, as it stood when this attempt began; null where none of that id was.</summary>
    public abstract Conversations.Conversation? FindConversation(string conversationId);

    /// <summary>The HTTP request to answer: the newest of its branch that has no answer, else the newest of the instance; null where none waits for one.</summary>
    public abstract string? FindHttpRequest();

    /// <summary>The instance's conversation messages, oldest first, as far as they are committed.</summary>
    public abstract IAsyncEnumerable<Conversations.TranscriptMessage> ReadMessagesAsync(string conversationId, CancellationToken cancellationToken);

    /// <summary>
    /// Does something once: the result is committed when it lands and read back by later attempts, which do not do it again.
    /// A crash between the effect and its commit repeats it.
    /// </summary>
    /// <param name="name">Unique within the execution and the same in every attempt.</param>
    public abstract ValueTask<T> StepAsync<T>(string name, Func<CancellationToken, ValueTask<T>> step, CancellationToken cancellationToken);

    /// <summary>As <see cref="StepAsync"/> for a call that costs something: reserved and committed before it is made, settled after.</summary>
    public abstract ValueTask<T> CallAsync<T>(string name, CallTarget target, Func<CancellationToken, ValueTask<CallOutcome<T>>> call, CancellationToken cancellationToken);

    /// <summary>Tells watchers of text as it arrives. Ephemeral: not kept, not counted.</summary>
    public abstract void Report(string text);
}

/// <summary>What a wait was ended by.</summary>
/// <param name="Name">Name of the bookmark or timer.</param>
/// <param name="IsTimer">Whether it was a timer.</param>
/// <param name="Input">What the stimulus brought; undefined for a timer.</param>
public sealed record Resumption(string Name, bool IsTimer, JsonElement Input);

/// <summary>Who is about to be called.</summary>
/// <param name="RequestHash">SHA-256 of what is sent.</param>
/// <param name="MessageId">The message that the answer will become, where it becomes one.</param>
public sealed record CallTarget(string? Agent, string Provider, string Model, string RequestHash, string? MessageId = null);

/// <summary>What a metered call came to. <paramref name="Result"/> is kept as JSON.</summary>
/// <param name="Cost">US dollars.</param>
/// <param name="Model">The model that answered, where it is not the one asked (a fallback).</param>
public sealed record CallOutcome<T>(T Result, long PromptTokens, long CompletionTokens, decimal Cost, string? Provider = null, string? Model = null);
