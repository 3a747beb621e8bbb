using System.Text.Json;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Execution;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>The delivered brainstorming, by participants from code.</summary>
public sealed class BrainstormingTests : IAsyncDisposable
{
    private readonly Door _door = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task Every_participant_has_ideas_and_refines_all_but_its_own()
    {
        var count = 0;
        _door.Model.Reply = call => $"{call.System.Split('\n')[0]["You are ".Length..].TrimEnd('.')} {Interlocked.Increment(ref count)}";
        var session = _door.Host.Get<Brainstorming>();
        foreach (var name in new[] { "ada", "bob", "carl", "dan" })
            session.RegisterParticipant(Door.NewAgent(name));

        var result = await session.RunSessionAsync("Libraries", cancellationToken: Stop);

        Assert.Equal("Libraries", result.Topic);
        Assert.Equal(Enumerable.Repeat<string[]>(["ada", "bob", "carl", "dan"], 3).SelectMany(n => n), result.Ideas.Select(i => i.Participant));
        // The document's own sum: 3 rounds of 4, and each of the 12 refined by 3.
        Assert.Equal((12, 36, 48), (result.Ideas.Count, result.Refinements.Count, _door.Model.Calls.Count));
        Assert.All(result.Refinements, r => Assert.False(r.OriginalIdea.StartsWith(r.RefinedBy, StringComparison.Ordinal)));
        Assert.Empty(result.FailedParticipants);
        Assert.StartsWith("""{"topic":"Libraries","ideas":[{"participant":"ada","idea":"ada """, JsonSerializer.Serialize(result));
        Assert.Contains("\"refinements\":[{\"original_idea\":\"ada ", JsonSerializer.Serialize(result));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_at_once()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _door.Host.Get<Brainstorming>().RunSessionAsync(" ", cancellationToken: Stop));
        var session = _door.Host.Get<Brainstorming>();
        session.RegisterParticipant(Door.NewAgent("ada"));
        foreach (var (rounds, problem) in new[] { (0, "at least 1; it is 0."), (101, "at most 100; it is 101.") })
        {
            // The document's own rule, as it is for everybody.
            var refused = await Assert.ThrowsAsync<InputInvalidException>(() => session.RunSessionAsync("x", rounds, Stop));
            Assert.Equal([$"The input 'rounds' must be {problem}"], refused.Problems);
        }
    }
}
