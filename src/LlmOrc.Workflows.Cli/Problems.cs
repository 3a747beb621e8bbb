using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli;

/// <summary>What went wrong, as an exit code and words for a person.</summary>
internal static class Problems
{
    public static (ExitCode ExitCode, string Message) Explain(Exception exception) => exception switch
    {
        CommandFailedException failed => (failed.ExitCode, failed.Message),
        DefinitionInvalidException or InputInvalidException => (ExitCode.BadInput, exception.Message),
        InstanceNotFoundException => (ExitCode.NotFound, exception.Message),
        ConcurrencyConflictException => (ExitCode.Refused, exception.Message),
        StoreOpenException or StoreUnavailableException or StoreCorruptException => (ExitCode.StoreUnavailable, exception.Message),
        ApiKeyFileException => (ExitCode.StoreUnavailable, exception.Message),
        FailureException { Failure: var failure } => (ExitCode.BadInput, Output.RunResult.Flat(failure)),
        LlmOrcApiException { Status: var status } refused => (ServerAddress.ExitCodeOf(status), TextOf(refused)),
        HttpRequestException => (ExitCode.StoreUnavailable, $"The server cannot be reached: {Output.Units.Shorten(exception.Message, 300)} What it was told before is kept there."),
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        _ => (ExitCode.Faulted, $"This is a fault of llm-orc itself: {exception.Message} Run it again with --verbose to see where."),
    };

    private static string TextOf(LlmOrcApiException refused) => string.Join(Environment.NewLine, (string[])[refused.Message, .. refused.Errors]);
}
