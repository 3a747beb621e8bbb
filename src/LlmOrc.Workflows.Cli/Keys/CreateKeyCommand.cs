using System.CommandLine;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Persistence.Access;

namespace LlmOrc.Workflows.Cli.Keys;

/// <summary><c>llm-orc keys create</c>: standard output has the key, so that a script can take it; the rest is said beside it.</summary>
internal sealed class CreateKeyCommand : Command
{
    private const int MostDays = 3650;
    private const int MostOfName = 100;

    private readonly Argument<string> _name = new("NAME") { Description = "What you call it, e.g. who gets it." };
    private readonly Option<string[]> _permissions = new("--permission", "-p")
    {
        Description = $"What it allows; may be given several times. {string.Join("; ", Permission.Known.Select(k => $"{k.Name}: {k.Allows}"))}.",
        HelpName = "permission",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> _expires = new("--expires") { Description = $"Good for so many days, 1 to {MostDays}. The default is until it is revoked.", HelpName = "days" };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object." };

    public CreateKeyCommand(Commands commands)
        : base("create", "Makes a key, and shows it once.")
    {
        Add(_name);
        Add(_permissions);
        Add(_expires);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => CreateAsync(parsed, context), asJson: parsed.GetValue(_json), onlyHere: "changes a file of this machine"));
    }

    private async Task<ExitCode> CreateAsync(ParseResult parsed, CommandContext context)
    {
        var (name, permissions, days) = (parsed.GetRequiredValue(_name), parsed.GetRequiredValue(_permissions).Distinct().ToArray(), parsed.GetValue(_expires));
        if (name.Trim().Length is 0 or > MostOfName)
            throw new CommandFailedException(ExitCode.BadInput, $"A name has 1 to {MostOfName} characters.");
        if (days is < 1 or > MostDays)
            throw new CommandFailedException(ExitCode.BadInput, $"--expires is 1 to {MostDays} days.");
        Check(permissions, context.Terminal);

        var (key, text) = await KeysCommand.FileOf(context).CreateAsync(name.Trim(), permissions, days is { } d ? TimeSpan.FromDays(d) : null, context.CancellationToken);
        if (parsed.GetValue(_json))
            WriteJson(context.Terminal, key, text);
        else
            Show(context.Terminal, key, text);
        return ExitCode.Finished;
    }

    private static void Check(string[] permissions, Terminal terminal)
    {
        if (permissions.Length == 0)
        {
            throw new CommandFailedException(
                ExitCode.BadInput, $"A key without permissions opens nothing. Say what it may do: --permission '*' for everything, or some of {string.Join(", ", Permission.Known.Skip(1).Select(k => k.Name))}.");
        }

        if (permissions.FirstOrDefault(p => !Permission.IsWellFormed(p)) is { } odd)
            throw new CommandFailedException(ExitCode.BadInput, $"'{odd}' is no permission: they look like {Permission.ReadRuns}, read:*, {Permission.Everything}.");

        // A document may ask for permissions of its own, so that an unknown one need not be a mistake.
        foreach (var unknown in permissions.Where(p => !Permission.Known.Any(k => Permission.Allows([p], k.Name))))
        {
            var meant = Similarity.Closest(unknown, Permission.Known.Select(k => k.Name), 1) is [var similar] ? $" Did you mean {similar}?" : "";
            terminal.Say($"note: No route of the server asks for '{unknown}'; a workflow's own endpoint may.{meant}");
        }
    }

    private static void Show(Terminal terminal, ApiKey key, string text)
    {
        terminal.Print(text);
        terminal.Say($"This is the only time the key is shown. Callers send it as Authorization: Bearer KEY. Its id is {key.Id}: llm-orc keys revoke {key.Id} makes it worthless.");
    }

    private static void WriteJson(Terminal terminal, ApiKey key, string text) => RunJson.Write(terminal.Output, json =>
    {
        json.WriteStartObject();
        json.WriteString("key", text);
        ListKeysCommand.WriteFacts(json, key);
        json.WriteEndObject();
    });
}
