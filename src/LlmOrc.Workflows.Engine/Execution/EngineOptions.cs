using System.ComponentModel.DataAnnotations;

namespace LlmOrc.Workflows.Execution;

/// <summary>Settings of the engine. The defaults suit one process on one machine.</summary>
public sealed class EngineOptions
{
    /// <summary>How many leaves with an effect run at once in one instance; others wait without having started. The default is 16: a panel's worth of model calls.</summary>
    [Range(1, 1000)]
    public int MaxConcurrentLeaves { get; set; } = 16;

    /// <summary>How long a lease lasts without being renewed. The default is 30 s: longer than any pause of a healthy process, short enough to take over from one on another host that died.</summary>
    [Range(2, 3600)]
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>How long a cancel waits for running leaves to end, so that what they cost is recorded. The default is 5 s.</summary>
    [Range(0, 300)]
    public int CancelGraceSeconds { get; set; } = 5;

    /// <summary>How often a watcher looks for commits of other processes. The default is 250 ms; those of this process wake it at once.</summary>
    [Range(10, 60_000)]
    public int WatchPollMilliseconds { get; set; } = 250;

    /// <summary>Entries one burst may add without ever waiting for anything, before it is stopped as endless. The default is 500,000: five for each pass of a loop of 100,000, some seconds, and some 6 MB in the store.</summary>
    [Range(1000, 1_000_000_000)]
    public int MaxBurstEntries { get; set; } = 500_000;

    /// <summary>Attempts to commit while the store says it is unavailable, before the instance is let go. The default is 6: about half a minute; fewer where each takes long.</summary>
    [Range(1, 100)]
    public int MaxCommitAttempts { get; set; } = 6;

    /// <summary>Whether this process also fires timers of instances that it does not hold yet, and recovers abandoned ones. The default is false: a terminal minds its own; a server says true.</summary>
    public bool DrivesAll { get; set; }

    internal static bool IsValid(EngineOptions options) => Validator.TryValidateObject(options, new(options), null, validateAllProperties: true);
}
