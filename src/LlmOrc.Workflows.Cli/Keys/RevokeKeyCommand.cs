using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;

namespace LlmOrc.Workflows.Cli.Keys;

/// <summary><c>llm-orc keys revoke</c>: from the next request on.</summary>
internal sealed class RevokeKeyCommand : Command
{
    private readonly Argument<string> _id = new("ID") { Description = "Id of the key: llm-orc keys list shows it, and it is the middle part of the key." };

    public RevokeKeyCommand(Commands commands)
        : base("revoke", "Makes a key worthless for good, from the next request on.")
    {
        Add(_id);
        SetAction(parsed => commands.InvokeAsync(parsed, context => RevokeAsync(parsed, context), onlyHere: "changes a file of this machine"));
    }

    private async Task<ExitCode> RevokeAsync(ParseResult parsed, CommandContext context)
    {
        var (id, file) = (parsed.GetRequiredValue(_id), KeysCommand.FileOf(context));
        var before = await file.RevokeAsync(id, context.CancellationToken)
            ?? throw new CommandFailedException(ExitCode.NotFound, $"There is no key '{id}' in {file.Path}. llm-orc keys list shows them; --data names another folder.");
        context.Terminal.Print($"{id} ({before.Name}) {(before.Revoked is null ? "revoked" : "was revoked before")}");
        return ExitCode.Finished;
    }
}
