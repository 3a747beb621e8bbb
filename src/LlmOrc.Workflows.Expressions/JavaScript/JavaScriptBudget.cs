using System.Diagnostics;
using Jint;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// What is left to one evaluation: statements, wall time, memory. Unlike the interpreter's own constraints it is never
/// reset, so that reading the result (getters, toJSON) counts as well.
/// </summary>
internal sealed class JavaScriptBudget(SandboxLimits limits, CancellationToken cancellationToken) : Constraint
{
    // The clock is read every so many statements; a statement takes well under a microsecond.
    private const int StatementsPerClock = 64;

    private long _allocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    private readonly long _deadline = Stopwatch.GetTimestamp() + (long)(limits.WallTime.TotalSeconds * Stopwatch.Frequency);
    private int _statements;
    private long _charged;

    public SandboxLimits Limits { get; } = limits;

    /// <summary>Not amortizable: one statement can allocate without measure.</summary>
    public override bool IsAmortizable => false;

    public override void Check()
    {
        if (++_statements > Limits.MaxStatements)
        {
            throw LimitReached($"it ran more than {Limits.MaxStatements} statements");
        }

        CheckMemory(0);
        if (_statements % StatementsPerClock == 0)
        {
            CheckClock();
        }
    }

    /// <summary>Called by replaced natives for every step of theirs that can be slow or large, such as a match.</summary>
    public void CheckStep()
    {
        CheckMemory(0);
        CheckClock();
    }

    private void CheckClock()
    {
        if (Stopwatch.GetTimestamp() >= _deadline)
        {
            throw LimitReached($"it ran longer than {Limits.WallTime.TotalMilliseconds:0} ms");
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>What is allocated until the scope ends is the host's, not the script's: values that it brings in once.</summary>
    public UncountedScope Uncounted() => new(this, GC.GetAllocatedBytesForCurrentThread());

    /// <summary>Refuses a string before it is built.</summary>
    public void CheckString(long length)
    {
        if (length > Limits.MaxStringLength)
        {
            throw LimitReached($"a string would be longer than {Limits.MaxStringLength} characters");
        }

        CheckMemory(length * sizeof(char));
    }

    /// <summary>Counts text that the interpreter copies without telling the memory count, because its buffer is pooled.</summary>
    public void ChargeText(int length)
    {
        _charged += (long)length * sizeof(char);
        CheckMemory(0);
    }

    public override void Reset()
    {
    }

    public static JavaScriptLimitException LimitReached(string problem) => new(problem);

    /// <summary>A part of the run whose allocations do not count.</summary>
    public readonly struct UncountedScope(JavaScriptBudget budget, long allocatedBefore) : IDisposable
    {
        public void Dispose() => budget._allocatedAtStart += GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
    }

    private void CheckMemory(long wanted)
    {
        if (GC.GetAllocatedBytesForCurrentThread() - _allocatedAtStart + _charged + wanted > Limits.MemoryBytes)
        {
            throw LimitReached($"it allocated more than {Limits.MemoryBytes / 1024} KiB");
        }
    }
}
