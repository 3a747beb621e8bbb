using LlmOrc.Workflows.Cli.Output;
using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>The engine's log on standard error, for <c>--verbose</c>.</summary>
internal sealed class StandardErrorLog(Terminal terminal) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;

        terminal.Say($"{logLevel}: {formatter(state, exception)}");
        if (exception is not null)
            terminal.Say(exception.ToString());
    }

    public void Dispose()
    {
        // Standard error is the process's.
    }
}
