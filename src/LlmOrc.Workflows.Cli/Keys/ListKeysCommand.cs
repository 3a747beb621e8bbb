using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Persistence.Access;

namespace LlmOrc.Workflows.Cli.Keys;

/// <summary><c>llm-orc keys list</c>: also those that are good no more.</summary>
internal sealed class ListKeysCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON array." };

    public ListKeysCommand(Commands commands)
        : base("list", "Lists the keys: what they are called and allow, never what they are.")
    {
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => Task.FromResult(List(parsed, context)), asJson: parsed.GetValue(_json), onlyHere: "reads a file of this machine"));
    }

    private ExitCode List(ParseResult parsed, CommandContext context)
    {
        var file = KeysCommand.FileOf(context);
        var keys = file.Read();
        if (parsed.GetValue(_json))
            WriteJson(context.Terminal, keys);
        else if (keys.Count == 0)
            context.Terminal.Say($"There are no keys in {file.Path}. The server makes one at its first start; llm-orc keys create makes more.");
        else
            TextTable.Write(context.Terminal, ["Id", "Name", "Permissions", "State", "Created", "Last used"], [.. keys.Select(Cells)], "Created", "Last used");
        return ExitCode.Finished;
    }

    /// <summary>What a key is beside its text, as properties of an object that is being written.</summary>
    public static void WriteFacts(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteString("id", key.Id);
        json.WriteString("name", key.Name);
        json.WriteStartArray("permissions");
        foreach (var permission in key.Permissions)
            json.WriteStringValue(permission);
        json.WriteEndArray();
        json.WriteString("created", key.Created);
        foreach (var (name, time) in new[] { ("expires", key.Expires), ("revoked", key.Revoked), ("lastUsed", key.LastUsed) })
        {
            if (time is { } known)
                json.WriteString(name, known);
        }
    }

    private static void WriteJson(Terminal terminal, IReadOnlyList<ApiKey> keys) => RunJson.Write(terminal.Output, json =>
    {
        json.WriteStartArray();
        foreach (var key in keys)
        {
            json.WriteStartObject();
            WriteFacts(json, key);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string[] Cells(ApiKey key) => [key.Id, key.Name, string.Join(", ", key.Permissions), StateOf(key), Shown(key.Created), key.LastUsed is { } used ? Shown(used) : "never"];

    private static string StateOf(ApiKey key) => key switch
    {
        { Revoked: { } revoked } => $"revoked {Shown(revoked)}",
        { Expires: { } expires } when expires <= TimeProvider.System.GetUtcNow() => $"expired {Shown(expires)}",
        { Expires: { } expires } => $"good until {Shown(expires)}",
        _ => "good",
    };

    private static string Shown(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
