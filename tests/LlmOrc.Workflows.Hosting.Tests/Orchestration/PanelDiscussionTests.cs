using LlmOrc.Workflows.Agents.Orchestration;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>The delivered panel, by experts from code.</summary>
public sealed class PanelDiscussionTests : IAsyncDisposable
{
    private readonly Door _door = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task Registered_experts_discuss_a_person_puts_in_questions_and_the_moderator_concludes()
    {
        _door.Model.Reply = call => $"{call.System.Split('\n')[0]["You are ".Length..].TrimEnd('.')} speaks";
        var panel = _door.Host.Get<PanelDiscussion>();
        panel.RegisterExpert(Door.NewAgent("database"));
        panel.RegisterExpert(Door.NewAgent("network"));
        _door.With("moderator");
        var asked = new List<string>();

        var result = await panel.DiscussAsync("Events?", rounds: 2, person: "dan", answer: (question, _) =>
        {
            asked.Add(question.Assignee);
            return Task.FromResult($"Question {asked.Count}");
        }, Stop);

        Assert.Equal(["database", "network", "database", "network"], result.Rounds.SelectMany(r => r.Contributions).Select(c => c.Expert));
        Assert.Equal("database speaks", result.Rounds[0].Contributions[0].Text);
        Assert.Equal("moderator speaks", result.Conclusion);
        Assert.Equal(["dan", "dan"], asked);
        Assert.Equal(["Question 1", "Question 2"], (await _door.Conversations.GetHistoryAsync(result.RunId, Stop)).Where(m => m.Kind == "answer").Select(m => m.Content));
    }
}
