using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>Finds runs by what people type.</summary>
internal static class StoredRuns
{
    private const int MostCandidates = 5;

    /// <summary>A run by its id, or by a beginning that no other one has.</summary>
    /// <exception cref="CommandFailedException">None, or several, begin so.</exception>
    public static async Task<InstanceRow> FindRunAsync(this Session session, string idOrPrefix, CancellationToken cancellationToken)
    {
        var queries = session.Queries;
        // Mostly a variable of a script that was never set: it must not mean the only run there is.
        if (string.IsNullOrWhiteSpace(idOrPrefix))
            throw new CommandFailedException(ExitCode.NotFound, "The id is empty: name a run. `llm-orc list` shows the runs.");
        if (await queries.FindAsync(new("", idOrPrefix), cancellationToken) is { } exact)
            return exact;

        var found = await queries.ListAsync(new(IdPrefix: idOrPrefix, Limit: MostCandidates + 1), cancellationToken);
        return found switch
        {
            [var one] => one,
            [] => throw new CommandFailedException(ExitCode.NotFound, session.Server is { } server
                ? $"{server} has no run '{idOrPrefix}'. `llm-orc list` shows its runs; --server names another server."
                : $"There is no run '{idOrPrefix}' in this store. `llm-orc list` shows the runs; --data names another store."),
            _ => throw new CommandFailedException(
                ExitCode.BadInput,
                $"Several runs begin with '{idOrPrefix}': {string.Join(", ", found.Take(MostCandidates).Select(r => r.Key.InstanceId))}{(found.Count > MostCandidates ? ", …" : "")}. Give more of the id."),
        };
    }

    /// <summary>What a person calls the state of a run. A run that is going on and that no live process drives was interrupted.</summary>
    public static async Task<RunState> StateOfAsync(this Session session, InstanceRow row, CancellationToken cancellationToken) => row switch
    {
        { SubStatus: InstanceSubStatus.Finished } => RunState.Finished,
        { SubStatus: InstanceSubStatus.Cancelled } => RunState.Cancelled,
        { SubStatus: InstanceSubStatus.Faulted } => RunState.Faulted,
        { SubStatus: InstanceSubStatus.Suspended } => RunState.Waiting,
        // A server takes up what was interrupted by itself.
        _ => session.Server is null && await session.FindLiveLeaseAsync(row.Key, cancellationToken) is null ? RunState.Interrupted : RunState.Running,
    };

    /// <summary>The state in words. A run that waits may have parts that faulted, and wait for a resume.</summary>
    public static string InWords(this RunState state, InstanceRow row) =>
        state == RunState.Waiting && row.IncidentCount > 0 ? $"waiting ({row.IncidentCount} faulted)" : state.ToString().ToLowerInvariant();

    /// <summary>The lease of a process that may well be alive; null where nobody holds one, or it is a server's own business.</summary>
    public static async Task<Lease?> FindLiveLeaseAsync(this Session session, InstanceKey key, CancellationToken cancellationToken)
    {
        if (session.Server is not null)
            return null;
        var lease = await session.Queue.FindLeaseAsync(key, cancellationToken);
        return lease is null || lease.ExpiresAt <= session.Time.GetUtcNow() || ProcessOwner.IsDead(lease.Owner) ? null : lease;
    }
}

/// <summary>The state of a run in a person's words.</summary>
internal enum RunState
{
    Running,
    Interrupted,
    Waiting,
    Finished,
    Faulted,
    Cancelled,
}
