using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>workflows/shakespeare-einstein.json.</summary>
public sealed class ShakespeareEinsteinTests
{
    [Fact]
    public async Task The_two_answer_each_other_in_turns_and_each_sees_the_whole_conversation_from_its_side()
    {
        await using var stock = new Stock("shakespeare-einstein");

        var outcome = await stock.RunAsync(new { topic = "beauty", turns = 5 });

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal("beauty", outcome.Output.GetProperty("topic").GetString());
        Assert.Equal(
            """
            [{"speaker":"shakespeare","text":"shakespeare 1"},{"speaker":"einstein","text":"einstein 1"},{"speaker":"shakespeare","text":"shakespeare 2"},
            {"speaker":"einstein","text":"einstein 2"},{"speaker":"shakespeare","text":"shakespeare 3"}]
            """.ReplaceLineEndings(""),
            outcome.Output.GetProperty("transcript").GetRawText());
        Assert.Equal(2, outcome.Output.EnumerateObject().Count());
        Assert.Equal(5, stock.Model.Calls.Count);
        Assert.Equal(["user: shakespeare 1", "assistant: einstein 1", "user: shakespeare 2"], Stock.Sent(stock.Model.Calls[3]));
        Assert.Equal(["assistant: shakespeare 1", "user: einstein 1", "assistant: shakespeare 2", "user: einstein 2"], Stock.Sent(stock.Model.Calls[4]).Skip(1));
        Assert.Contains("Era: Elizabethan", stock.Model.Calls[4].System);
        Assert.EndsWith("Its topic: beauty", stock.Model.Calls[4].System);
        Assert.Equal(
            ["prompt orchestrator>shakespeare", "reply shakespeare>einstein: shakespeare 1", "reply einstein>shakespeare: einstein 1",
             "reply shakespeare>einstein: shakespeare 2", "reply einstein>shakespeare: einstein 2", "reply shakespeare>einstein: shakespeare 3"],
            await stock.TranscriptAsync(outcome.Row.Key.InstanceId));
    }

    [Fact]
    public async Task They_speak_six_times_where_nobody_says_how_often()
    {
        await using var stock = new Stock("shakespeare-einstein");

        var outcome = await stock.RunAsync(new { topic = "beauty" });

        Assert.Equal(6, outcome.Output.GetProperty("transcript").GetArrayLength());
    }
}
