using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.Agents.Chat;

public sealed partial class ChatModels
{
    [LoggerMessage(1, LogLevel.Information, "Model profile {Profile}: attempt {Attempt} failed ({Kind}); next one in {Delay}")]
    private partial void LogRetry(string profile, int attempt, ProviderErrorKind kind, TimeSpan delay);
}
