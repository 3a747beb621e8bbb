using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Postgres;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>The engine on PostgreSQL: crashes before and after every commit, hosts that take over from each other, a server that goes away.</summary>
public sealed class PostgresCrashTests(PostgresServer server)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("parallel")]
    [InlineData("for-each-break")]
    [InlineData("questions")]
    [InlineData("calls")]
    [InlineData("fault-retried")]
    [InlineData("WaitAny")]
    [InlineData("sleep")]
    public Task A_run_survives_every_crash(string shape) => CrashAsync(CrashShapes.All.Single(s => s.Name == shape));

    [Fact]
    public Task The_review_of_a_pull_request_survives_every_crash() => CrashAsync(ReviewShape.Shape);

    [Fact]
    public async Task A_run_goes_on_when_the_server_of_its_database_crashed_and_was_started_anew()
    {
        await using var own = new PostgresServer();
        using var store = PostgresStore.Open(new() { ConnectionString = await own.NewDatabaseAsync(Stop) });
        var world = new World();
        world.On("b", async (_, _) =>
        {
            await own.StopAsync(isCrash: true);
            await own.StartAsync(Stop);
            return "b";
        });
        await using var host = TestHost.Over(store, world);

        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Effect("a"), Effect("b"), Effect("c"))).Start(), Stop);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal((1, 1, 1), (world.CountOf("a"), world.CountOf("b"), world.CountOf("c")));
    }

    [Fact]
    public async Task Another_host_takes_over_when_the_lease_has_expired_and_the_first_cannot_go_on()
    {
        var address = await server.NewDatabaseAsync(Stop);
        using var first = PostgresStore.Open(new() { ConnectionString = address });
        using var second = PostgresStore.Open(new() { ConnectionString = address });
        var (world, gate) = (new World(), new TaskCompletionSource<string>());
        var isAsked = new TaskCompletionSource();
        world.On("slow", (_, _) =>
        {
            isAsked.TrySetResult();
            return gate.Task;
        });
        var request = Doc.Of(Doc.Sequence(Effect("slow"), Effect("z"))).Start() with { InstanceId = "run" };
        await using var one = TestHost.Over(first, world, Owners.Elsewhere(1));
        await one.Runtime.StartAsync(request, Stop);
        await isAsked.Task.WaitAsync(Stop);

        // The clock of the second host tells the lease to be over; the first still waits for its reply.
        world.On("slow", (_, _) => Task.FromResult("again"));
        await using (var early = TestHost.Over(second, world, Owners.Elsewhere(2)))
        {
            Assert.Equal(ContinueResult.OwnedElsewhere, await early.Runtime.ContinueAsync("run", cancellationToken: Stop));
        }

        await using var two = TestHost.Over(second, world, Owners.Elsewhere(2), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(5)));
        Assert.Equal(ContinueResult.Continued, await two.Runtime.ContinueAsync("run", cancellationToken: Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await two.Runtime.WaitAsync("run", cancellationToken: Stop)).SubStatus);
        gate.SetResult("late");
        // A graceful stop lets what is in flight land.
        await one.DisposeAsync();

        var outcome = await two.Runtime.GetOutcomeAsync("run", cancellationToken: Stop);
        Assert.Equal(1, world.CountOf("z"));
        Assert.Equal(["again", "z"], (await second.ReadMessagesAsync(outcome.Row.Key, null, 1, 10, Stop)).Select(m => m.Content));
    }

    private async Task CrashAsync(CrashShape shape)
    {
        var address = await server.NewDatabaseAsync(Stop);
        // Each process has a store of its own, as on a file.
        var matrix = new CrashMatrix(shape, () => Open(address));

        await matrix.RunAllAsync(CrashMatrixTests.IsLong ? Enum.GetValues<CommitMishap>() : [CommitMishap.DiesBefore, CommitMishap.DiesAfter, CommitMishap.AnswerLost], Stop);

        Assert.True(matrix.Done.Runs > 1, "There was nothing to crash.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{shape}: {matrix.Done.Runs} runs, {matrix.Done.Processes} processes");
    }

    private static StoreSeams Open(string address)
    {
        var store = PostgresStore.Open(new() { ConnectionString = address });
        return StoreSeams.Of(store, new Closing(store));
    }

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));

    private sealed class Closing(PostgresStore store) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            store.Dispose();
            return default;
        }
    }
}
