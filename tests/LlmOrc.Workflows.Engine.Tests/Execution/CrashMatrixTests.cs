using LlmOrc.Workflows.Persistence.Sqlite;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>Every shape of control flow, through a crash before and after every commit, and through answers that were lost.</summary>
public sealed class CrashMatrixTests
{
    // Every commit is gone through on every build; in long runs also with every mishap, and twice.
    internal static bool IsLong { get; } = Environment.GetEnvironmentVariable("LLMORC_LONG") == "1";

    private static CommitMishap[] OnFile => [CommitMishap.DiesBefore, CommitMishap.DiesAfter, CommitMishap.AnswerLost];

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
    [MemberData(nameof(Shapes))]
    public Task All_of_it_on_one_database_file_that_every_process_opens_anew(string shape) => RunOnFileAsync(CrashShapes.All.Single(s => s.Name == shape), isTwice: IsLong, OnFile);

    [Fact]
    public Task The_review_of_a_pull_request_survives_every_crash() => RunOnFileAsync(ReviewShape.Shape, isTwice: true, OnFile);

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
        Tell(shape, matrix);
    }

    private static async Task RunAsync(string shape, params CommitMishap[] mishaps)
    {
        var matrix = Matrix(shape);
        await matrix.RunAllAsync(mishaps, Stop);
        Tell(shape, matrix);
    }

    /// <param name="mishaps">Those of an ordinary build; a long one has all of them.</param>
    internal static async Task RunOnFileAsync(CrashShape shape, bool isTwice, params CommitMishap[] mishaps)
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-crash-").FullName;
        try
        {
            var matrix = new CrashMatrix(shape, () => Open(Path.Combine(folder, "workflows.db")));
            await matrix.RunAllAsync(IsLong ? Enum.GetValues<CommitMishap>() : mishaps, Stop);
            if (isTwice)
            {
                await matrix.RunTwiceAsync(CommitMishap.DiesAfter, CommitMishap.DiesBefore, 2, Stop);
                await matrix.RunTwiceAsync(CommitMishap.DiesAfter, CommitMishap.DiesAfter, 2, Stop);
            }

            Tell(shape.Name, matrix);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A process that dies takes nothing from the operating system: what it wrote is there without waiting for the disk.
    private static StoreSeams Open(string path)
    {
        var store = SqliteStore.Open(new() { Path = path, Synchronous = SqliteSynchronous.Normal });
        return StoreSeams.Of(store, new Closing(store));
    }

    private static void Tell(string shape, CrashMatrix matrix)
    {
        Assert.True(matrix.Done.Runs > 1, "There was nothing to crash.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{shape}: {matrix.Done.Runs} runs, {matrix.Done.Processes} processes");
    }

    private static CrashMatrix Matrix(string shape)
    {
        // One for all runs: they have ids of their own, as in a real store.
        var store = new InMemoryStore();
        return new(CrashShapes.All.Single(s => s.Name == shape), () => StoreSeams.Of(store));
    }

    private sealed class Closing(SqliteStore store) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            store.Dispose();
            return default;
        }
    }
}
