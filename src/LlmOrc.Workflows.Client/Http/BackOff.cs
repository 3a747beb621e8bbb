namespace LlmOrc.Workflows.Client.Http;

/// <summary>The pauses between attempts: each twice as long as the one before, with some chance in them, for so long in all.</summary>
internal sealed class BackOff(TimeSpan limit, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    // Who waits for a restart is there soon after it.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private long? _since;

    /// <summary>How many pauses there were.</summary>
    public int Attempt { get; private set; }

    /// <summary>The next pause; null where the time is over.</summary>
    /// <param name="asked">How long the server wants to be left alone.</param>
    public TimeSpan? Next(TimeSpan? asked = null)
    {
        _since ??= time.GetTimestamp();
        var own = Math.Min(First.TotalMilliseconds * Math.Pow(2, Math.Min(Attempt, 16)), Longest.TotalMilliseconds);
#pragma warning disable CA5394 // Only so that many clients do not come back at the same moment.
        var pause = asked ?? TimeSpan.FromMilliseconds(own * (0.75 + (Random.Shared.NextDouble() / 4)));
#pragma warning restore CA5394
        if (time.GetElapsedTime(_since.Value) + pause > limit)
            return null;
        Attempt++;
        return pause;
    }

    /// <summary>All is well again.</summary>
    public void Reset() => (_since, Attempt) = (null, 0);
}
