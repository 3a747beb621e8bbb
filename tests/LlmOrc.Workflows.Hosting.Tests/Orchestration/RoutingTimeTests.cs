using System.Diagnostics;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>The figures of the original document, by models that take no time. The best of some tries counts: a busy machine proves nothing.</summary>
public sealed class RoutingTimeTests : IAsyncDisposable
{
    private const int Tries = 20;

    private readonly LlmOrcHost _host = LlmOrcHost.Open(o => o.ConfigurationPath = Settings());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_message_is_routed_within_50_ms_and_three_within_150()
    {
        foreach (var name in new[] { "agent1", "agent2", "agent3" })
            _host.Add(Fast(name));
        var id = await _host.Conversations.StartConversationAsync(["agent1", "agent2", "agent3"], "Performance Test", cancellationToken: Stop);

        Assert.InRange(await BestAsync(() => SendAsync("agent1", "agent2")), 0, 50);
        Assert.InRange(
            await BestAsync(async () =>
            {
                await SendAsync("agent1", "agent2");
                await SendAsync("agent2", "agent3");
                await SendAsync("agent3", "agent1");
            }),
            0, 150);

        Task SendAsync(string sender, string recipient) => _host.Conversations.SendAgentMessageAsync(sender, recipient, "Hello", id, Stop);
    }

    [Fact]
    public async Task Ten_agents_are_registered_within_10_ms()
    {
        var tries = 0;
        Assert.InRange(
            await BestAsync(() =>
            {
                tries++;
                for (var i = 0; i < 10; i++)
                    _host.Add(Fast($"agent{tries}-{i}"));
                return Task.CompletedTask;
            }),
            0, 10);
    }

    [Fact]
    public async Task A_review_by_three_takes_100_ms_at_most()
    {
        var review = _host.Get<PullRequestReview>();
        foreach (var name in new[] { "senior", "security", "ux" })
            review.RegisterReviewer(Fast(name));
        _host.Add(Fast("review_summarizer"));

        Assert.InRange(await BestAsync(() => review.ReviewAsync(new() { Diff = Changes.Small }, Stop)), 0, 100);
    }

    private static Agent Fast(string name) => new(name, new(name, $"You are {name}."), new SimulatedModel());

    private static async Task<double> BestAsync(Func<Task> act)
    {
        var best = double.MaxValue;
        for (var i = 0; i < Tries; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await act();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
    }

    private static string Settings()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "routing-time.json");
        File.WriteAllText(path, "{}");
        return path;
    }
}
