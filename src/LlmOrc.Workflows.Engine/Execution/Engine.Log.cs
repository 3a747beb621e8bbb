using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.Execution;

internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Warning, "The store refused commit attempt {Attempt} of run {InstanceId}; trying again")]
    public static partial void CommitDelayed(this ILogger logger, string instanceId, int attempt, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Run {InstanceId} is dropped from memory and loaded anew (failure {Failures})")]
    public static partial void ActorDropped(this ILogger logger, string instanceId, int failures, Exception exception);

    [LoggerMessage(3, LogLevel.Error, "Run {InstanceId} is let go after {Failures} failures; resume it when the cause is mended")]
    public static partial void ActorQuarantined(this ILogger logger, string instanceId, int failures, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The lease of run {InstanceId} was lost to process {ProcessId} on {Host}")]
    public static partial void LeaseLost(this ILogger logger, string instanceId, int processId, string host);

    [LoggerMessage(6, LogLevel.Warning, "The lease of run {InstanceId} could not be given up; it expires by itself")]
    public static partial void LeaseKept(this ILogger logger, string instanceId, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "Housekeeping failed; it is tried again")]
    public static partial void HousekeepingFailed(this ILogger logger, Exception exception);
}
