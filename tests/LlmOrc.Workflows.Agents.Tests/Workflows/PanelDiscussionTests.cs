using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>workflows/panel-discussion.json.</summary>
public sealed class PanelDiscussionTests
{
    private static readonly string[] Experts = ["architect", "security", "performance", "ux"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_moderator_opens_each_round_the_experts_answer_at_once_and_the_moderator_concludes()
    {
        await using var stock = new Stock("panel-discussion");
        TaskCompletionSource[] together = [new(), new()];
        var speaking = 0;
        stock.Model.Before = async (call, token) =>
        {
            if (Stock.Who(call) == "moderator")
                return;
            var number = Interlocked.Increment(ref speaking) - 1;
            if (number % 4 == 3)
                together[number / 4].SetResult();
            await together[number / 4].Task.WaitAsync(token);
        };

        var outcome = await stock.RunAsync(new { topic = "events" });

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal("events", outcome.Output.GetProperty("topic").GetString());
        Assert.Equal(
            """
            [{"round":1,"question":"moderator 1","contributions":[{"expert":"architect","contribution":"architect 1"},{"expert":"security","contribution":"security 1"},{"expert":"performance","contribution":"performance 1"},{"expert":"ux","contribution":"ux 1"}]},
            {"round":2,"question":"moderator 2","contributions":[{"expert":"architect","contribution":"architect 2"},{"expert":"security","contribution":"security 2"},{"expert":"performance","contribution":"performance 2"},{"expert":"ux","contribution":"ux 2"}]}]
            """.ReplaceLineEndings(""),
            outcome.Output.GetProperty("rounds").GetRawText());
        Assert.Equal("moderator 3", outcome.Output.GetProperty("conclusion").GetString());
        Assert.Equal("[]", outcome.Output.GetProperty("failed_experts").GetRawText());
        Assert.Equal(11, stock.Model.Calls.Count);
        Assert.Equal(
            ["prompt orchestrator>moderator", "reply moderator>all: moderator 1", .. Experts.Select(e => $"reply {e}>all: {e} 1"),
             "prompt orchestrator>moderator", "reply moderator>all: moderator 2", .. Experts.Select(e => $"reply {e}>all: {e} 2"),
             "prompt orchestrator>moderator", "reply moderator>all: moderator 3"],
            await stock.TranscriptAsync(outcome.Row.Key.InstanceId));
    }

    [Fact]
    public async Task Each_expert_hears_the_round_before_and_not_what_is_said_beside_it_or_to_the_moderator_alone()
    {
        await using var stock = new Stock("panel-discussion");

        await stock.RunAsync(new { topic = "events" });

        Assert.All(stock.Model.Calls.Where(c => Stock.Who(c) != "moderator").Take(4), call =>
        {
            Assert.Equal(["user: moderator 1"], Stock.Sent(call));
            Assert.Contains("Specialties:\n- ", call.System);
            Assert.EndsWith("Its topic: events", call.System);
        });
        var second = stock.Model.Calls.Where(c => Stock.Who(c) == "security").Last();
        Assert.Equal(
            ["user: [moderator to all]\nmoderator 1", "user: [architect to all]\narchitect 1", "assistant: security 1", "user: [performance to all]\nperformance 1", "user: [ux to all]\nux 1", "user: moderator 2"],
            Stock.Sent(second));
        var conclusion = stock.Model.Calls[^1];
        Assert.Equal(8, conclusion.Messages.Count(m => m.Content.Contains(" to all]\n", StringComparison.Ordinal)));
        Assert.Contains("Conclude the discussion.", conclusion.Asked);
    }

    [Fact]
    public async Task A_persons_question_is_heard_and_so_is_what_she_says_from_outside()
    {
        await using var stock = new Stock("panel-discussion");
        var waiting = await stock.RunAsync(new { topic = "events", person = "ada" });
        var id = waiting.Row.Key.InstanceId;
        Assert.Equal(InstanceSubStatus.Suspended, waiting.Row.SubStatus);
        Assert.StartsWith("Round 1 of 2 is over.", (await stock.AskedAsync(id)).GetProperty("question").GetString());

        // Nothing runs while she thinks; then another runtime takes her question.
        await stock.CloseAsync();
        stock.Reopen();
        Assert.Equal(SayResult.Accepted, await stock.Runtime.SayAsync(new(id, "main", "ada", "I have read it."), Stop));
        Assert.Equal(SayResult.NotParticipant, await stock.Runtime.SayAsync(new(id, "main", "bob", "Me too."), Stop));
        var second = await stock.AnswerAsync(id, "What does it cost?");

        Assert.Equal(InstanceSubStatus.Suspended, second.Row.SubStatus);
        Assert.All(stock.Model.Calls.Skip(5), call =>
        {
            Assert.Contains("user: [ada to all]\nI have read it.", Stock.Sent(call));
            Assert.Contains("user: [ada to all]\nWhat does it cost?", Stock.Sent(call));
            Assert.Contains("ada (a person)", call.System);
        });
        Assert.DoesNotContain(stock.Model.Calls.SelectMany(Stock.Sent), sent => sent.Contains("What would you like to ask", StringComparison.Ordinal) && !sent.StartsWith("assistant", StringComparison.Ordinal));

        var outcome = await stock.AnswerAsync(id, "no");

        Assert.Equal("moderator 3", outcome.Output.GetProperty("conclusion").GetString());
        Assert.Contains("If ada asked something", stock.Model.Calls[^1].Asked);
        Assert.Contains("answer ada>all: What does it cost?", await stock.TranscriptAsync(id));
    }

    [Fact]
    public async Task A_deadline_that_passes_while_nothing_runs_brings_the_default_answer_once()
    {
        await using var stock = new Stock("panel-discussion");
        var waiting = await stock.RunAsync(new { topic = "events", person = "ada", rounds = 1, question_deadline = "PT1H" });
        var id = waiting.Row.Key.InstanceId;
        await stock.CloseAsync();
        stock.Time.Advance(TimeSpan.FromDays(30));
        stock.Reopen();

        var outcome = await stock.ContinueAsync(id);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Single(await stock.TranscriptAsync(id), "answer ada>all: No question from me.");
        Assert.Equal(6, stock.Model.Calls.Count);
    }

    [Fact]
    public async Task An_expert_that_fails_is_named_and_the_others_are_kept()
    {
        await using var stock = new Stock("panel-discussion");
        stock.Fail("security");

        var outcome = await stock.RunAsync(new { topic = "events", rounds = 1 });

        Assert.Equal(["architect", "performance", "ux"], outcome.Output.GetProperty("rounds")[0].GetProperty("contributions").EnumerateArray().Select(c => c.GetProperty("expert").GetString()));
        var failed = Assert.Single(outcome.Output.GetProperty("failed_experts").EnumerateArray());
        Assert.Equal((1, "security"), (failed.GetProperty("round").GetInt32(), failed.GetProperty("expert").GetString()));
        Assert.Contains("out of order", failed.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Without_any_expert_the_run_stops_and_a_resume_asks_them_the_same_question_again()
    {
        await using var stock = new Stock("panel-discussion");
        stock.Fail(Experts);
        var stopped = await stock.RunAsync(new { topic = "events", rounds = 1 });
        Assert.StartsWith("No expert answered, so there is no discussion. architect, security, performance, ux: ", Assert.Single(stopped.Incidents).Failure.Message);

        stock.Fail();
        var outcome = await stock.ContinueAsync(stopped.Row.Key.InstanceId);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal("moderator 1", outcome.Output.GetProperty("rounds")[0].GetProperty("question").GetString());
        Assert.Equal("moderator 2", outcome.Output.GetProperty("conclusion").GetString());
        Assert.Equal("[]", outcome.Output.GetProperty("failed_experts").GetRawText());
    }
}
