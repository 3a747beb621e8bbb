using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Persistence.Access;

namespace LlmOrc.Workflows.Cli.Keys;

/// <summary><c>llm-orc keys</c>: who may call the server of this data folder.</summary>
internal sealed class KeysCommand : Command
{
    public KeysCommand(Commands commands)
        : base("keys", "Makes, lists and revokes keys of the server that keeps its runs here. It need not be stopped.")
    {
        Add(new CreateKeyCommand(commands));
        Add(new ListKeysCommand(commands));
        Add(new RevokeKeyCommand(commands));
    }

    public static ApiKeyFile FileOf(CommandContext context) => new(context.Place.DataFolder, TimeProvider.System);
}
