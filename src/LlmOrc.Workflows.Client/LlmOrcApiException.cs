using System.Net;

namespace LlmOrc.Workflows.Client;

/// <summary>The server refused a call, and said why (problem+json, RFC 9457). A server that cannot be reached is an <see cref="HttpRequestException"/>.</summary>
public sealed class LlmOrcApiException : Exception
{
    /// <param name="status">The answer's status.</param>
    /// <param name="title">What kind of problem it is.</param>
    /// <param name="detail">What happened and what to do; null where the server did not say.</param>
    public LlmOrcApiException(HttpStatusCode status, string title, string? detail)
        : base(detail is null ? $"{title} ({(int)status})." : $"{title}: {detail}") => (Status, Title, Detail) = (status, title, detail);

    /// <summary>404 unknown, 409 somebody was first, 410 too late, 422 does not fit, 401 and 403 the key, 429 and 503 try again later.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>What kind of problem it is, in a few words.</summary>
    public string Title { get; }

    /// <summary>What happened and what to do.</summary>
    public string? Detail { get; }

    /// <summary>All that is wrong with what was sent.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>The run it is about, where there is one.</summary>
    public string? RunId { get; init; }

    /// <summary>When the server wants to be asked again; null where it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
