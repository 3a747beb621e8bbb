using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.TestKit.Activities;
using Xunit;

namespace LlmOrc.Workflows.Tests.Conversations;

/// <summary>How much of a long conversation an agent is shown.</summary>
public sealed class HistoryTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 1_000_000, 50, 0)]
    [InlineData(10, 1_000_000, 10, 40)]
    [InlineData(1, 1_000_000, 1, 49)]
    // 20 words of one token each and a number: 21 or 22 tokens a message, 5 times as many bytes.
    [InlineData(null, 220, 10, 40)]
    [InlineData(5, 220, 5, 45)]
    [InlineData(null, 0, 0, 50)]
    public async Task The_newest_that_fit_are_shown_and_what_is_left_out_is_said(int? last, int tokens, int shown, int leftOut)
    {
        var context = new FakeActivityContext();
        for (var i = 0; i < 50; i++)
            context.Transcript.Add(new TranscriptMessage { Id = $"{i}", ConversationId = "main", Sender = "bob", Recipient = "ada", Kind = "message", Content = string.Concat(Enumerable.Repeat("the ", 20)) + i });

        var turns = await AgentView.ReadAsync(context, "main", "ada", "bob", new(HistoryKind.All, last, tokens), null, Stop);

        Assert.Equal(leftOut > 0 ? $"[{leftOut} earlier messages are left out]" : context.Transcript[0].Content, turns[0].Text);
        Assert.Equal(shown + (leftOut > 0 ? 1 : 0), turns.Count);
        if (shown > 0)
            Assert.EndsWith(" 49", turns[^1].Text);
    }

    [Fact]
    public void A_text_that_is_far_too_long_is_not_even_counted() =>
        Assert.Equal(2, Tokens.CountToLeaveOut(["short", new string('x', 50_000_000), "short"], 100));
}
