namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>How much random tests do, and from which seed.</summary>
internal static class TestAmount
{
    /// <summary>Set this to the seed of a story that failed, and it is the first one.</summary>
    public const string SeedVariable = "LLMORC_SEED";

    /// <summary>Whether the full amounts of the test plan are wanted.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("LLMORC_LONG") == "1";

    public static int FirstSeed { get; } = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var seed) ? seed : Random.Shared.Next(1_000_000);
}
