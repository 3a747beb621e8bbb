using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>A run of the store, and where its agents and templates are: where it was started, unless the caller names another place.</summary>
internal sealed record StartedRun(InstanceRow Row, Workplace Place)
{
    public string Id => Row.Key.InstanceId;

    // With a session of its own: only then it is known where the engine's agents and templates are.
    /// <exception cref="CommandFailedException">There is no such run, or there are several.</exception>
    public static async Task<StartedRun> FindAsync(CommandContext context, string idOrPrefix)
    {
        await using var session = Session.Open(context);
        var row = await session.FindRunAsync(idOrPrefix, context.CancellationToken);
        return new(row, context.NamesFolder || context.Server is not null ? context.Place : RunSettings.PlaceOf(await session.ReadSettingsAsync(row, context.CancellationToken), context.Place));
    }
}
