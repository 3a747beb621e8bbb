using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Cancel;

/// <summary><c>llm-orc cancel</c>: ends a run for good, wherever it is driven.</summary>
internal sealed class CancelCommand : Command
{
    private readonly Argument<string> _id = new("ID") { Description = "Id of the run, or a beginning that no other one has." };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why; kept with the run.", HelpName = "text" };

    public CancelCommand(Commands commands)
        : base("cancel", "Cancels a run for good. What it did stays in the store.")
    {
        Add(_id);
        Add(_reason);
        SetAction(parsed => commands.InvokeAsync(parsed, context => CancelAsync(parsed, context)));
    }

    private async Task<ExitCode> CancelAsync(ParseResult parsed, CommandContext context)
    {
        await using var session = Session.Open(context);
        var row = await session.FindRunAsync(parsed.GetRequiredValue(_id), context.CancellationToken);
        var id = row.Key.InstanceId;
        var result = await session.Runtime.CancelAsync(id, parsed.GetValue(_reason), cancellationToken: context.CancellationToken);
        if (result == CancelResult.AlreadyFinished)
            throw new CommandFailedException(ExitCode.Refused, $"The run {id} is over already ({row.SubStatus.ToString().ToLowerInvariant()}); see llm-orc show {id}.");

        var ended = await session.Runtime.WaitAsync(id, cancellationToken: context.CancellationToken);
        context.Terminal.Print($"{id} {ended.SubStatus.ToString().ToLowerInvariant()}");
        return ended.SubStatus == Storage.InstanceSubStatus.Cancelled ? ExitCode.Finished : ExitCode.Refused;
    }
}
