using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

internal static class Leases
{
    /// <summary>Takes the lease of an instance: if it is free, expired, or held by a process of this host that is gone.</summary>
    /// <exception cref="InstanceNotFoundException">There is no such instance.</exception>
    public static async Task<bool> TryTakeAsync(EngineServices engine, InstanceKey key, CancellationToken cancellationToken)
    {
        var now = engine.Time.GetUtcNow();
        var expiresAt = now.AddSeconds(engine.Options.LeaseSeconds);
        var lease = await engine.Queue.TryAcquireLeaseAsync(key, engine.Owner, now, expiresAt, cancellationToken)
            ?? throw new InstanceNotFoundException(key.InstanceId);
        if (lease.Owner != engine.Owner && ProcessOwner.IsDead(lease.Owner))
            lease = await engine.Queue.TakeOverLeaseAsync(key, lease.Owner, engine.Owner, expiresAt, cancellationToken);
        return lease?.Owner == engine.Owner;
    }
}
