using Xunit;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>What the reference model is compared with: the engine's flowchart, driven child by child.</summary>
internal interface IFlowchartUnderTest
{
    /// <summary>
    /// Runs the flowchart from its start to its end and reports what happened to its children. The graph's scripts say what the
    /// children do; see <see cref="ReferenceFlowchart"/> for the meaning of the chooser.
    /// </summary>
    FlowRun Run(ReferenceGraph graph, CompletionChooser? chooser);
}

/// <summary>The first flowchart on which the two disagreed, made as small as it still differs.</summary>
internal sealed record FlowDifference(int Seed, int Index, int? ChooserSeed, ReferenceGraph Graph, FlowRun Expected, FlowRun Actual)
{
    public override string ToString() => $"""
        The flowchart under test differs from the reference model.
          series:    seed {Seed}, flowchart {Index}
          chooser:   {(ChooserSeed is { } seed ? $"CompletionOrder.Seeded({seed})" : "none (synchronous)")}
          flowchart: {Graph}
          expected:  {Expected}
          actual:    {Actual}
        The flowchart is shrunk; ReferenceGraphText.Parse reads the line.
        """;
}

/// <summary>Runs the same generated flowcharts through the reference model and through another implementation.</summary>
internal static class FlowchartComparison
{
    /// <summary>The amount that the test plan asks for; it takes seconds, so every build runs all of it.</summary>
    public const int FlowchartCount = 20_000;

    /// <summary>How many different completion orders are tried per flowchart, besides the synchronous run.</summary>
    private const int ChoosersPerFlowchart = 2;

    private const int ExtraChoosersWhenShrinking = 8;

    /// <summary>Set this to repeat a series; otherwise each run takes a new seed and tells it when it fails.</summary>
    private const string SeedVariable = "LLMORC_SEED";

    /// <summary>The seed of this run's series.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var seed) ? seed : Random.Shared.Next(1_000_000);

    /// <summary>Fails the test with a small reproduction if the two disagree anywhere in the series.</summary>
    /// <param name="candidate">The implementation under test.</param>
    /// <param name="withFaults">See <see cref="FlowchartGenerator.Generate(int, int, bool)"/>.</param>
    public static void AssertSame(IFlowchartUnderTest candidate, bool withFaults = false)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{SeedVariable}={Seed}");
        var difference = FirstDifference(candidate, Seed, FlowchartCount, withFaults);
        Assert.True(difference is null, difference?.ToString());
    }

    /// <summary>Null if all flowcharts of the series give the same events and the same end.</summary>
    public static FlowDifference? FirstDifference(IFlowchartUnderTest candidate, int seed, int count, bool withFaults = false)
    {
        for (var index = 0; index < count; index++)
        {
            var graph = FlowchartGenerator.Generate(seed, index, withFaults);
            int?[] chooserSeeds = [null, .. Enumerable.Range(index * ChoosersPerFlowchart, ChoosersPerFlowchart)];
            if (chooserSeeds.Any(chooserSeed => Differs(candidate, graph, chooserSeed)))
            {
                return Shrunk(candidate, seed, index, graph, chooserSeeds);
            }
        }

        return null;
    }

    private static FlowDifference Shrunk(IFlowchartUnderTest candidate, int seed, int index, ReferenceGraph graph, int?[] chooserSeeds)
    {
        // What one chooser shows in the large flowchart may take another in the small one.
        int?[] tried = [.. chooserSeeds, .. Enumerable.Range(0, ExtraChoosersWhenShrinking)];
        var small = FlowchartShrinker.Shrink(graph, smaller => tried.Any(chooserSeed => Differs(candidate, smaller, chooserSeed)));
        var chooserSeed = tried.First(chooserSeed => Differs(candidate, small, chooserSeed));
        var (expected, actual) = RunBoth(candidate, small, chooserSeed);
        return new FlowDifference(seed, index, chooserSeed, small, expected, actual);
    }

    private static bool Differs(IFlowchartUnderTest candidate, ReferenceGraph graph, int? chooserSeed)
    {
        var (expected, actual) = RunBoth(candidate, graph, chooserSeed);
        return expected.End != FlowEnd.StepLimit && !expected.IsSameAs(actual);
    }

    private static (FlowRun Expected, FlowRun Actual) RunBoth(IFlowchartUnderTest candidate, ReferenceGraph graph, int? chooserSeed)
    {
        var chooser = chooserSeed is { } seed ? CompletionOrder.Seeded(seed) : null;
        return (new ReferenceFlowchart(graph, chooser).Run(), candidate.Run(graph, chooser));
    }
}
