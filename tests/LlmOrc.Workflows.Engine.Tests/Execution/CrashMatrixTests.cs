using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>Every shape of control flow, through a crash before and after every commit, and through answers that were lost.</summary>
public sealed class CrashMatrixTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Shapes() => [.. CrashShapes.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public Task A_crash_before_any_commit_loses_nothing_that_was_committed(string shape) => RunAsync(shape, CommitMishap.DiesBefore);

    [Theory]
    [MemberData(nameof(Shapes))]
    public Task A_crash_after_any_commit_repeats_nothing_that_was_committed(string shape) => RunAsync(shape, CommitMishap.DiesAfter);

    [Theory]
    [MemberData(nameof(Shapes))]
    public Task A_lost_answer_is_settled_by_what_is_stored(string shape) =>
        RunAsync(shape, CommitMishap.AnswerLost, CommitMishap.CommitLost, CommitMishap.AnswerDenied, CommitMishap.Unavailable);

    [Theory]
    [InlineData("parallel")]
    [InlineData("for-each-break")]
    [InlineData("question")]
    [InlineData("calls")]
    [InlineData("fault-retried")]
    [InlineData("WaitAny")]
    public async Task A_second_crash_in_the_recovery_changes_nothing_either(string shape)
    {
        var matrix = Matrix(shape);
        await matrix.RunTwiceAsync(CommitMishap.DiesBefore, CommitMishap.DiesBefore, 2, Stop);
        await matrix.RunTwiceAsync(CommitMishap.DiesAfter, CommitMishap.DiesAfter, 2, Stop);
        await matrix.RunTwiceAsync(CommitMishap.DiesAfter, CommitMishap.DiesBefore, 2, Stop);
        TestContext.Current.SendDiagnosticMessage("{0}: {1} runs, {2} processes", shape, matrix.Done.Runs, matrix.Done.Processes);
    }

    private static async Task RunAsync(string shape, params CommitMishap[] mishaps)
    {
        var matrix = Matrix(shape);
        await matrix.RunAllAsync(mishaps, Stop);
        TestContext.Current.SendDiagnosticMessage("{0}: {1} runs, {2} processes", shape, matrix.Done.Runs, matrix.Done.Processes);
    }

    private static CrashMatrix Matrix(string shape)
    {
        // One for all runs: they have ids of their own, as in a real store.
        var store = new InMemoryStore();
        return new(CrashShapes.All.Single(s => s.Name == shape), () => StoreSeams.Of(store));
    }
}
