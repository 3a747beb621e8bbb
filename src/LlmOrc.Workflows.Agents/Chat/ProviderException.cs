using System.Net;
using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>What went wrong with one attempt of a call.</summary>
public enum ProviderErrorKind
{
    /// <summary>No connection, or an answer 5xx.</summary>
    Unavailable,

    /// <summary>429.</summary>
    RateLimited,

    /// <summary>The account has no money or quota left: waiting does not help, paying does.</summary>
    QuotaExhausted,

    /// <summary>It took longer than the profile allows.</summary>
    TimedOut,

    /// <summary>The stream ended before it was complete, or was not what the provider's protocol says.</summary>
    ReplyBroken,

    /// <summary>A complete reply without text.</summary>
    ReplyEmpty,

    /// <summary>More text than <see cref="ChatModels.MaxReplyBytes"/>.</summary>
    ReplyTooLarge,

    /// <summary>The model declined to answer, or the provider's filter stopped it.</summary>
    ReplyDeclined,

    /// <summary>The provider does not have the model.</summary>
    ModelMissing,

    /// <summary>No key was found where the settings say it is.</summary>
    KeyMissing,

    /// <summary>401 or 403: the provider does not take the key, or not for this.</summary>
    KeyRefused,

    /// <summary>The provider does not take the request.</summary>
    Refused,
}

/// <summary>One attempt of a call failed.</summary>
/// <param name="kind">Decides whether another attempt may help.</param>
/// <param name="message">What was seen; what to do about it is the provider's to say.</param>
public sealed class ProviderException(ProviderErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public ProviderErrorKind Kind { get; } = kind;

    /// <summary>How long the provider asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public HttpStatusCode? Status { get; init; }

    /// <summary>Whether another attempt may succeed.</summary>
    public bool IsTransient => Kind is ProviderErrorKind.Unavailable or ProviderErrorKind.RateLimited or ProviderErrorKind.TimedOut
        or ProviderErrorKind.ReplyBroken or ProviderErrorKind.ReplyEmpty;

    /// <summary>Whether another provider may do what this one does not do now.</summary>
    public bool IsOutage => Kind is ProviderErrorKind.Unavailable or ProviderErrorKind.RateLimited or ProviderErrorKind.QuotaExhausted
        or ProviderErrorKind.TimedOut or ProviderErrorKind.ReplyBroken;

    /// <summary>Sorts what a client library may throw.</summary>
    internal static ProviderException From(Exception exception) => Known(exception) ?? exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown or HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse } torn =>
            new(ProviderErrorKind.ReplyBroken, $"the connection broke: {torn.GetBaseException().Message}", torn),
        HttpRequestException http => new(ProviderErrorKind.Unavailable, http.Message, http) { Status = http.StatusCode },
        // Not ours (the caller tells its own tokens apart first): the connection's own time limit.
        OperationCanceledException slow => new(ProviderErrorKind.Unavailable, $"no connection: {slow.Message}", slow),
        IOException broken => new(ProviderErrorKind.ReplyBroken, $"the reply broke off: {broken.Message}", broken),
        JsonException garbage => new(ProviderErrorKind.ReplyBroken, $"the reply is not what it should be: {garbage.Message}", garbage),
        _ => new(ProviderErrorKind.Refused, exception.Message, exception),
    };

    // Our own errors thrown inside an HTTP handler or stream come back wrapped by handlers and libraries, some of them twice.
    private static ProviderException? Known(Exception exception)
    {
        var seen = exception;
        for (var depth = 0; seen is not null && depth < 5; depth++, seen = seen.InnerException)
        {
            if (seen is ProviderException known)
                return known;
        }

        return null;
    }
}
