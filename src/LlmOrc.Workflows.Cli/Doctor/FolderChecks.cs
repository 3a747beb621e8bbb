using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Validate;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Cli.Doctor;

/// <summary>Settings, templates and workflows.</summary>
internal static class FolderChecks
{
    public static async Task<IEnumerable<Check>> RunAsync(Session session, CommandContext context) =>
        [await SettingsAsync(session, context), Templates(context.Place), await WorkflowsAsync(session, context)];

    private static async Task<Check> SettingsAsync(Session session, CommandContext context)
    {
        const string Name = "settings";
        try
        {
            var settings = await session.Get<AgentSettingsFile>().ReadAsync(context.CancellationToken);
            return new(Name, CheckState.Ok, $"{settings.Source}: {Units.Count(settings.Agents.Count, "agent")}, {Units.Count(settings.Models.Count, "model profile")}");
        }
        catch (FailureException exception)
        {
            return new(Name, CheckState.Problem, RunResult.Flat(exception.Failure), "Mend the file, name another one with --config, or go to the folder that holds it (-C FOLDER).");
        }
    }

    private static Check Templates(Workplace place) => Directory.Exists(place.TemplatesFolder)
        ? new("templates", CheckState.Ok, $"{place.TemplatesFolder}: {Units.Count(new TemplateFolder(place.TemplatesFolder).Names().Count, "template")}")
        : new("templates", CheckState.Warning, $"There is no folder {place.TemplatesFolder}.", "Workflows that name templates need it; make it, or go to the folder that holds it (-C FOLDER).");

    private static async Task<Check> WorkflowsAsync(Session session, CommandContext context)
    {
        const string Name = "workflows";
        var place = context.Place;
        var names = WorkflowFile.Names(place);
        if (names.Count == 0)
            return new(Name, CheckState.Warning, $"{place.WorkflowsFolder} has no workflows.", "Go to the folder that holds workflows/, name it with -C FOLDER, or run documents by their paths.");

        var references = await References.ReadAsync(session, place, context.CancellationToken);
        var broken = new List<string>();
        foreach (var name in names)
        {
            if (!await IsValidAsync(session, references, place, name, context.CancellationToken))
                broken.Add(name);
        }

        var found = $"{place.WorkflowsFolder}: {Units.Count(names.Count, "workflow")}";
        return broken.Count == 0
            ? new(Name, CheckState.Ok, found)
            : new(Name, CheckState.Problem, $"{found}, with errors in {string.Join(", ", broken)}", $"See: llm-orc validate {broken[0]}");
    }

    private static async Task<bool> IsValidAsync(Session session, References references, Workplace place, string name, CancellationToken cancellationToken)
    {
        try
        {
            var file = await WorkflowFile.ReadAsync(place, name, cancellationToken);
            return session.Reader.Read(file.Document).Graph is { } graph && references.Check(graph, file.Document).All(d => d.Severity != DiagnosticSeverity.Error);
        }
        catch (CommandFailedException)
        {
            return false;
        }
    }
}
