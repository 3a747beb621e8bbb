namespace LlmOrc.Workflows.Client;

/// <summary>Which runs to list.</summary>
public sealed record RunFilter
{
    /// <summary>A definition's id.</summary>
    public string? Workflow { get; init; }

    public RunStatus? Status { get; init; }

    public RunSubStatus? SubStatus { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>What ids begin with.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>Continue after this run of an earlier list.</summary>
    public string? After { get; init; }

    /// <summary>Runs per request, 1 to 200. The default is 50.</summary>
    public int PageSize { get; init; } = 50;
}
