using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>Processes that tests pretend to be.</summary>
public static class Owners
{
    /// <summary>One of this host that everybody else knows to be dead: from before the last boot.</summary>
    public static Owner Dead(int number) => ProcessOwner.Current with { BootId = $"before-{number}" };

    /// <summary>One of another host: nobody can know it to be dead before its lease expires.</summary>
    public static Owner Elsewhere(int number) => ProcessOwner.Current with { Host = $"elsewhere-{number}" };
}
