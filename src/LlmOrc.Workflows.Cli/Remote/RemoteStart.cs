using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Cli.Remote;

/// <summary>Starts a workflow of a server.</summary>
internal static class RemoteStart
{
    private const int MostListed = 20;

    /// <summary>A workflow of the server by its name.</summary>
    /// <exception cref="CommandFailedException">There is none, or it is a file of this machine.</exception>
    public static async Task<WorkflowDescription> FindAsync(Session session, ServerAddress server, string name, CancellationToken cancellationToken)
    {
        if (name.AsSpan().ContainsAny('/', '\\') || name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new CommandFailedException(ExitCode.BadInput, $"'{name}' is a file of this machine; {server} runs the workflows of its own folder: give the name of one.");
        var all = await session.Get<LlmOrcClient>().ListWorkflowsAsync(cancellationToken);
        if (all.FirstOrDefault(w => w.Name == name) is { } found)
            return found;

        var meant = Similarity.Closest(name, all.Select(w => w.Name), 3) is { Count: > 0 } similar ? $" Did you mean {string.Join(" or ", similar.Select(s => $"'{s}'"))}?" : "";
        var listed = all.Count == 0 ? "It has none." : $"It has: {string.Join(", ", all.Take(MostListed).Select(w => w.Name))}{(all.Count > MostListed ? ", …" : "")}.";
        throw new CommandFailedException(ExitCode.BadInput, $"{server} has no workflow '{name}'.{meant} {listed}");
    }

    /// <summary>What can be given to it.</summary>
    public static IReadOnlyList<ArgumentDefinition> InputsOf(WorkflowDescription workflow) =>
        [.. (workflow.Inputs ?? []).Select(i => new ArgumentDefinition(i.Name, i.Type, i.Description, i.IsRequired))];

    /// <summary>Starts it. Durable when it returns.</summary>
    public static async Task<(string Id, WorkflowGraph? Graph)> StartAsync(Session session, string workflow, RunStart start, CancellationToken cancellationToken)
    {
        // It is followed by its events, from the first one on.
        var run = await session.Get<LlmOrcClient>().StartAsync(workflow, start with { Wait = TimeSpan.Zero }, cancellationToken);
        return (run.Id, await session.ReadGraphAsync(RemoteRows.RowOf(run), cancellationToken));
    }
}
