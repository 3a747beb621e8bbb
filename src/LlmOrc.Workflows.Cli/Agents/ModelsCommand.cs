using System.CommandLine;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Agents;

/// <summary><c>llm-orc models</c>: the model profiles.</summary>
internal sealed class ModelsCommand : Command
{
    // llm-orc agents, and --json, have all.
    private const int MostAgents = 3;

    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON array." };

    public ModelsCommand(Commands commands)
        : base("models", "Lists the model profiles of llm-orc.json. Whether they answer, llm-orc doctor tells.")
    {
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ListAsync(parsed, context), asJson: parsed.GetValue(_json), onlyHere: "reads files of this machine"));
    }

    private async Task<ExitCode> ListAsync(ParseResult parsed, CommandContext context)
    {
        await using var session = Session.Open(context);
        var settings = await session.Get<AgentSettingsFile>().ReadAsync(context.CancellationToken);
        var profiles = settings.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal).ToList();
        if (parsed.GetValue(_json))
            WriteJson(context.Terminal, profiles, settings);
        else if (profiles.Count == 0)
            context.Terminal.Say($"There are no model profiles in {settings.Source}. A model can also be named as provider/model, e.g. ollama/llama3.");
        else
            TextTable.Write(context.Terminal, ["Profile", "Provider", "Model", "Endpoint", "Price", "Agents"], [.. profiles.Select(p => Cells(p, settings))], "Agents", "Price", "Endpoint");
        return ExitCode.Finished;
    }

    private static string[] Cells(ModelProfile profile, AgentSettings settings) =>
    [
        profile.Name, profile.Provider, profile.Fallbacks.Count == 0 ? profile.Model : $"{profile.Model}, else {string.Join(", ", profile.Fallbacks.Select(f => f.Name))}",
        profile.Endpoint?.ToString().TrimEnd('/') ?? "–", ModelPrice.Of(profile), Listed([.. AgentsOf(profile, settings)]),
    ];

    private static void WriteJson(Terminal terminal, List<ModelProfile> profiles, AgentSettings settings) => RunJson.Write(terminal.Output, json =>
    {
        json.WriteStartArray();
        foreach (var profile in profiles)
        {
            json.WriteStartObject();
            json.WriteString("name", profile.Name);
            json.WriteString("provider", profile.Provider);
            json.WriteString("model", profile.Model);
            json.WriteString("endpoint", profile.Endpoint?.ToString());
            ModelPrice.Write(json, profile);
            WriteNames("fallbacks", profile.Fallbacks.Select(f => f.Name));
            WriteNames("agents", AgentsOf(profile, settings));
            json.WriteEndObject();
        }

        json.WriteEndArray();

        void WriteNames(string name, IEnumerable<string> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
    });

    private static string Listed(List<string> agents) => agents.Count <= MostAgents ? string.Join(", ", agents) : $"{string.Join(", ", agents.Take(MostAgents))} and {agents.Count - MostAgents} more";

    private static IEnumerable<string> AgentsOf(ModelProfile profile, AgentSettings settings) =>
        settings.Agents.Values.Where(a => a.Model == profile.Name).Select(a => a.Name).Order(StringComparer.Ordinal);
}
