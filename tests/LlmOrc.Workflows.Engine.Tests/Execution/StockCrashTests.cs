using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>The conversations that come with the program, killed at every commit, on a database file that every process opens anew.</summary>
public sealed class StockCrashTests
{
    private static readonly Dictionary<string, CrashShape> Shapes =
        new[] { StockShapes.Brainstorming, StockShapes.Panel, StockShapes.Lesson, StockShapes.Dialogue }.ToDictionary(s => s.Name);

    public static TheoryData<string> Names() => [.. Shapes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task It_survives_every_crash_and_pays_for_nothing_twice(string name) =>
        CrashMatrixTests.RunOnFileAsync(Shapes[name], isTwice: CrashMatrixTests.IsLong, CommitMishap.DiesBefore, CommitMishap.DiesAfter);
}
