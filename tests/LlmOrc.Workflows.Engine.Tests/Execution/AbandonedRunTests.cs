using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

public sealed class AbandonedRunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_is_let_go_in_its_first_turn_can_be_loaded_and_goes_on()
    {
        var store = new InMemoryStore();
        var world = new World();
        var document = Doc.Of(Doc.Sequence(Doc.Activity("Test.Effect", "e", ("effect", Doc.Literal("turn")))));
        InstanceRow row;
        await using (var first = new TestHost(world, services => services.AddSingleton(store)))
        {
            var called = new TaskCompletionSource();
            world.On("turn", async (_, token) =>
            {
                called.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return "never";
            });
            row = await first.Runtime.StartAsync(document.Start(), Stop);
            await called.Task.WaitAsync(Stop);
            // No snapshot is due so early; an empty one would hide the journal.
            Assert.Null((await first.Store.LoadAsync(row.Key, Stop))!.Snapshot);
        }

        world.On("turn", (_, _) => Task.FromResult("said"));
        await using var second = new TestHost(world, services => services.AddSingleton(store));
        Assert.Equal(ContinueResult.Continued, await second.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: Stop));
        Assert.Equal(InstanceSubStatus.Finished, (await second.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);
        Assert.Equal(2, world.CountOf("turn"));
    }
}
