using System.CommandLine;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Agents;

/// <summary><c>llm-orc agents</c>: who can speak, and on which model.</summary>
internal sealed class AgentsCommand : Command
{
    private const int MostOfRole = 100;

    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON array." };

    public AgentsCommand(Commands commands)
        : base("agents", "Lists the agents of llm-orc.json, and the models that play them.")
    {
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ListAsync(parsed, context), asJson: parsed.GetValue(_json), onlyHere: "reads files of this machine"));
    }

    private async Task<ExitCode> ListAsync(ParseResult parsed, CommandContext context)
    {
        await using var session = Session.Open(context);
        var settings = await session.Get<AgentSettingsFile>().ReadAsync(context.CancellationToken);
        var agents = settings.Agents.Values.OrderBy(a => a.Name, StringComparer.Ordinal).Select(a => (Agent: a, Profile: settings.FindModel(a.Model))).ToList();
        if (parsed.GetValue(_json))
            WriteJson(context.Terminal, agents);
        else if (agents.Count == 0)
            context.Terminal.Say($"There are no agents in {settings.Source}.");
        else
            TextTable.Write(context.Terminal, ["Agent", "Role", "Model", "Provider", "Price"], [.. agents.Select(a => Cells(a.Agent, a.Profile))], "Price", "Provider");
        return ExitCode.Finished;
    }

    private static string[] Cells(AgentDefinition agent, ModelProfile profile) =>
        [agent.Name, Units.Shorten(FirstLine(agent.Role.Prompt), MostOfRole), agent.Model == profile.Model ? agent.Model : $"{agent.Model} ({profile.Model})", profile.Provider, ModelPrice.Of(profile)];

    private static void WriteJson(Terminal terminal, List<(AgentDefinition Agent, ModelProfile Profile)> agents) => RunJson.Write(terminal.Output, json =>
    {
        json.WriteStartArray();
        foreach (var (agent, profile) in agents)
        {
            json.WriteStartObject();
            json.WriteString("name", agent.Name);
            json.WriteString("role", agent.Role.Prompt);
            json.WriteString("profile", agent.Model);
            json.WriteString("provider", profile.Provider);
            json.WriteString("model", profile.Model);
            ModelPrice.Write(json, profile);
            json.WriteString("hash", agent.Hash);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string FirstLine(string text)
    {
        var clean = TerminalText.Clean(text).Trim();
        var end = clean.IndexOf('\n');
        return end < 0 ? clean : clean[..end];
    }
}
