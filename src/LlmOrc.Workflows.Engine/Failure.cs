using System.Text.Json.Serialization;

namespace LlmOrc.Workflows;

/// <summary>What went wrong inside a workflow: data in the journal, never an exception that escapes.</summary>
public sealed record Failure
{
    /// <summary>A short, stable name of the kind of failure, e.g. <c>ProviderUnavailable</c>.</summary>
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    /// <summary>What happened and what to do about it, for the person who reads it.</summary>
    [JsonPropertyName("message")]
    public required string Message { get; init; }

    /// <summary>Code of an <c>Elsa.Fault</c>, if it was one.</summary>
    [JsonPropertyName("code")]
    public string? Code { get; init; }

    /// <summary>Category of an <c>Elsa.Fault</c>, if it was one.</summary>
    [JsonPropertyName("category")]
    public string? Category { get; init; }

    /// <summary>Raw material worth keeping, e.g. a reply that did not fit its schema.</summary>
    [JsonPropertyName("detail")]
    public string? Detail { get; init; }

    /// <summary>Whether a retry of this run can only come to the same, because the cause is kept with it, e.g. an input: a new run is needed. The default is false.</summary>
    [JsonPropertyName("final")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsFinal { get; init; }

    /// <summary>The failure behind this one.</summary>
    [JsonPropertyName("inner")]
    public Failure? Inner { get; init; }

    /// <summary>The same failure, saying what to do after it has said what happened.</summary>
    /// <param name="advice">A sentence.</param>
    public Failure WithAdvice(string advice) => this with { Message = $"{Message.TrimEnd()}{(Message.AsSpan().TrimEnd() is [.., '.' or '!' or '?' or '…'] ? "" : ".")} {advice}" };

    /// <summary>Describes an exception, its type by simple name and without its stack.</summary>
    public static Failure From(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception is FailureException { Failure: var failure })
            return failure;

        var described = new Failure
        {
            Type = exception.GetType().Name,
            Message = exception.Message,
            Inner = exception.InnerException is { } inner ? From(inner) : null,
        };
        return exception is IFinalCause { IsFinal: true } cause ? (described with { IsFinal = true }).WithAdvice(cause.Advice) : described;
    }
}

/// <summary>Carries a <see cref="LlmOrc.Workflows.Failure"/> out of code that cannot return one, e.g. a durable step.</summary>
public sealed class FailureException(Failure failure, Exception? inner = null) : Exception(failure?.Message, inner)
{
    /// <summary>What goes into the journal.</summary>
    public Failure Failure { get; } = failure ?? throw new ArgumentNullException(nameof(failure));
}
