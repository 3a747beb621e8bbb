namespace LlmOrc.Workflows.Cli;

/// <summary>A command cannot do what was asked; the message says why and what to do, and is all that is shown.</summary>
internal sealed class CommandFailedException(ExitCode exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode ExitCode { get; } = exitCode;
}
