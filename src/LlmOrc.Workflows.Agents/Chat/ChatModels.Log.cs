using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.Agents.Chat;

public sealed partial class ChatModels
{
    [LoggerMessage(1, LogLevel.Information, "Model profile {Profile}: attempt {Attempt} failed ({Kind}); next one in {Delay}")]
    private partial void LogRetry(string profile, int attempt, ProviderErrorKind kind, TimeSpan delay);

    [LoggerMessage(2, LogLevel.Warning, "Model profile {Profile} is out ({Kind}); asking {Fallback} instead")]
    private partial void LogFallback(string profile, ProviderErrorKind kind, string fallback);

    [LoggerMessage(3, LogLevel.Warning, "Model profile {Profile}: {Warning}")]
    private partial void LogWarning(string profile, string warning);
}
