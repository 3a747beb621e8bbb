using System.Diagnostics;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>What is left to one rendering: wall time, memory, loop steps.</summary>
internal sealed class TemplateBudget(SandboxLimits limits)
{
    // The clock is read every so many nodes; Scriban looks at the cancellation token in between.
    private const int NodesPerClock = 64;

    private readonly long _allocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    private readonly long _deadline = Stopwatch.GetTimestamp() + (long)(limits.WallTime.TotalSeconds * Stopwatch.Frequency);
    private int _nodes;
    private int _steps;

    public SandboxLimits Limits { get; } = limits;

    public int IncludeDepth { get; set; }

    public void CountNode(ScriptNode node)
    {
        if (++_nodes % NodesPerClock == 0)
        {
            CheckClock(node);
        }

        CheckMemory(node);
    }

    public void CountStep(ScriptNode loop)
    {
        if (++_steps > Limits.MaxTemplateSteps)
        {
            throw new TemplateLimitException(loop.Span, $"its loops ran more than {Limits.MaxTemplateSteps} times");
        }
    }

    public void CheckClock(ScriptNode? node)
    {
        if (Stopwatch.GetTimestamp() >= _deadline)
        {
            throw new TemplateLimitException(node?.Span ?? default, $"it ran longer than {Limits.WallTime.TotalMilliseconds:0} ms");
        }
    }

    public void CheckMemory(ScriptNode? node)
    {
        if (GC.GetAllocatedBytesForCurrentThread() - _allocatedAtStart > Limits.TemplateMemoryBytes)
        {
            throw new TemplateLimitException(node?.Span ?? default, $"it allocated more than {Limits.TemplateMemoryBytes / 1024} KiB");
        }
    }

    public void CheckString(ScriptNode? node, long length)
    {
        if (length > Limits.MaxStringLength)
        {
            throw new TemplateLimitException(node?.Span ?? default, $"a string would be longer than {Limits.MaxStringLength} characters");
        }
    }

    public void CheckList(ScriptNode? node, long length)
    {
        if (length > Limits.MaxArrayLength)
        {
            throw new TemplateLimitException(node?.Span ?? default, $"a list would have more than {Limits.MaxArrayLength} elements");
        }
    }
}
