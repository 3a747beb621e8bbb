namespace LlmOrc.Workflows.Client;

/// <summary>How patient a client is.</summary>
public sealed record LlmOrcClientOptions
{
    /// <summary>
    /// How long a call that may be repeated (a read, or a POST with an idempotency key) is tried again where the connection is lost or the
    /// server says that it is busy. The default is 30 s, a restart of a server; zero: not at all.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a watcher tries to reach a server that it has lost. The default is 5 minutes, an update of a server; zero: not at all.</summary>
    public TimeSpan ReconnectFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watcher that hears nothing for so long takes its connection for dead. The default is 45 s: a server shows every 15 s that it lives.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The clock of all of these. The default is the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
