using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Conversations;

/// <summary>A person's turn: how long it takes is her business.</summary>
public sealed class AwaitReplyTests
{
    private static (string, JsonNode?)[] Output => [("reply", Doc.To("v"))];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_a_week_later_in_another_runtime_goes_on_and_a_second_one_is_refused()
    {
        await using var talk = new Talk("ada");
        var waiting = await talk.RunAsync(Talk.Start("ada dan", ("people", Doc.Literal(new JsonArray("dan")))), Talk.Ask("dan", Output), Talk.Out(Doc.Variable("v")));
        Assert.Equal(InstanceSubStatus.Suspended, waiting.Row.SubStatus);
        await talk.CloseAsync();
        talk.Time.Advance(TimeSpan.FromDays(7));
        talk.Reopen();
        var question = await talk.OpenQuestionAsync(waiting.Row);
        Assert.Equal("Question", question.Name);

        Assert.Equal(ResumeResult.Accepted, await talk.AnswerAsync(question, new { answer = "Yes, do." }));
        Assert.NotEqual(ResumeResult.Accepted, await talk.AnswerAsync(question, "No!"));
        var outcome = await talk.RestAsync(waiting.Row.Key.InstanceId);

        Assert.Equal("Yes, do.", outcome.Output.GetProperty("out").GetString());
        Assert.Equal(["question orchestrator>dan: Well?", "answer dan>all: Yes, do."], await talk.TranscriptAsync(outcome.Row));
    }

    [Fact]
    public async Task Reminders_keep_the_question_under_its_id_until_the_deadline_brings_the_default()
    {
        await using var talk = new Talk("ada");
        var waiting = await talk.RunAsync(
            Talk.Start("ada dan", ("people", Doc.Literal(new JsonArray("dan")))),
            Talk.Ask("dan", [("reminder", Doc.Literal("P1D")), ("deadline", Doc.Literal("2.12:00:00")), ("defaultAnswer", Doc.Literal("carry on")), .. Output]),
            Talk.Out(Doc.Variable("v")));
        var question = await talk.OpenQuestionAsync(waiting.Row);

        // Nobody reminds while nothing runs; whoever starts finds what is due.
        for (var day = 1; day <= 2; day++)
        {
            await talk.CloseAsync();
            talk.Time.Advance(TimeSpan.FromDays(1));
            talk.Reopen();
            await talk.Runtime.ContinueAsync(waiting.Row.Key.InstanceId, cancellationToken: Stop);
            await talk.RestAsync(waiting.Row.Key.InstanceId);
            Assert.Equal(question.Id, (await talk.OpenQuestionAsync(waiting.Row)).Id);
        }

        await talk.CloseAsync();
        talk.Time.Advance(TimeSpan.FromDays(1));
        talk.Reopen();
        await talk.Runtime.ContinueAsync(waiting.Row.Key.InstanceId, cancellationToken: Stop);
        var outcome = await talk.RestAsync(waiting.Row.Key.InstanceId);

        Assert.Equal("carry on", outcome.Output.GetProperty("out").GetString());
        Assert.Equal(
            ["question orchestrator>dan: Well?", "reminder orchestrator>dan: Reminder: Well?", "reminder orchestrator>dan: Reminder: Well?", "answer dan>all: carry on"],
            await talk.TranscriptAsync(outcome.Row));
        Assert.Equal(ResumeResult.Gone, await talk.AnswerAsync(question, "too late"));
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_told_why_and_the_question_stays()
    {
        await using var talk = new Talk("ada");
        var schema = new JsonObject { ["type"] = "integer" };
        var waiting = await talk.RunAsync(Talk.Ask("dan", [("schema", Doc.Literal(schema)), .. Output]), Talk.Out(Doc.Variable("v")));
        var question = await talk.OpenQuestionAsync(waiting.Row);

        Assert.Equal(ResumeResult.Accepted, await talk.AnswerAsync(question, "many"));
        await talk.RestAsync(waiting.Row.Key.InstanceId);
        var again = await talk.OpenQuestionAsync(waiting.Row);
        Assert.Equal(question.Id, again.Id);
        Assert.Contains("integer", System.Text.Encoding.UTF8.GetString(again.Payload.Span));
        Assert.Equal(ResumeResult.Accepted, await talk.AnswerAsync(again, 3));
        var outcome = await talk.RestAsync(waiting.Row.Key.InstanceId);

        Assert.Equal("3", outcome.Output.GetProperty("out").GetString());
    }

    [Fact]
    public async Task A_question_that_was_said_already_is_shown_and_not_said_again_and_the_answer_is_for_whom_it_is_meant()
    {
        await using var talk = new Talk("ada");
        var waiting = await talk.RunAsync(
            Talk.Start("ada dan", ("people", Doc.Literal(new JsonArray("dan")))),
            Talk.Ask("dan", ("alreadySaid", Doc.Literal(true)), ("recipient", Doc.Literal("ada"))));
        var question = await talk.OpenQuestionAsync(waiting.Row);
        Assert.Contains("Well?", System.Text.Encoding.UTF8.GetString(question.Payload.Span));

        await talk.AnswerAsync(question, "");
        await talk.RestAsync(waiting.Row.Key.InstanceId);
        await talk.AnswerAsync(question, "Fine.");
        var outcome = await talk.RestAsync(waiting.Row.Key.InstanceId);

        Assert.Equal(["reminder orchestrator>dan: That was no answer. Well?", "answer dan>ada: Fine."], await talk.TranscriptAsync(outcome.Row));
    }

    [Fact]
    public async Task An_answer_for_somebody_who_takes_no_part_is_refused_before_it_is_asked_for()
    {
        await using var talk = new Talk("ada");
        var outcome = await talk.RunAsync(Talk.Start("ada dan", ("people", Doc.Literal(new JsonArray("dan")))), Talk.Ask("dan", ("recipient", Doc.Literal("eve"))));
        Assert.StartsWith("'eve' takes no part in the conversation 'main'.", Assert.Single(outcome.Incidents).Failure.Message);
    }

    [Fact]
    public async Task A_schema_that_cannot_be_used_is_told_before_anybody_is_asked()
    {
        await using var talk = new Talk("ada");
        var outcome = await talk.RunAsync(Talk.Ask("dan", ("schema", Doc.Literal(new JsonObject { ["type"] = "numbre" }))));
        Assert.StartsWith("The schema of the answer cannot be used: ", Assert.Single(outcome.Incidents).Failure.Message);
        Assert.Empty(await talk.TranscriptAsync(outcome.Row));
    }

    [Theory]
    [InlineData("deadline", "soon", "Deadline", "is 'soon': ")]
    [InlineData("deadline", "-1.00:00:00", "Deadline", "is '-1.00:00:00': It is not in the future.")]
    [InlineData("deadline", "P200Y", "Deadline", "is 'P200Y': A wait is 36,525 days at most.")]
    [InlineData("deadline", "10675199.00:00:00", "Deadline", "is '10675199.00:00:00': A wait is 36,525 days at most.")]
    [InlineData("deadline", "99999999.00:00:00", "Deadline", "is '99999999.00:00:00': ")]
    [InlineData("deadline", "9999-12-31T23:59:59Z", "Deadline", "is '9999-12-31T23:59:59Z': A wait is 36,525 days at most.")]
    [InlineData("reminder", "P", "Reminder", "is 'P': ")]
    [InlineData("reminder", "P99999999999Y", "Reminder", "is 'P99999999999Y': ")]
    public async Task A_time_that_is_none_is_named_before_there_is_a_run_or_when_an_expression_made_it(string input, string value, string what, string message)
    {
        await using var talk = new Talk("ada");
        var refused = await Assert.ThrowsAsync<InputInvalidException>(() => talk.RunAsync(Talk.Ask("dan", (input, Doc.Literal(value)))));
        Assert.StartsWith($"{what} of 'ask' {message}", Assert.Single(refused.Problems));

        var outcome = await talk.RunAsync(Talk.Ask("dan", (input, Doc.JavaScript($"'{value}'"))));
        var failure = Assert.Single(outcome.Incidents).Failure;
        Assert.StartsWith($"{what} {message}", failure.Message);
        Assert.True(failure.IsFinal);
    }

    [Fact]
    public async Task A_deadline_that_is_over_is_refused_before_there_is_a_run()
    {
        await using var talk = new Talk("ada");
        var refused = await Assert.ThrowsAsync<InputInvalidException>(() => talk.RunAsync(Talk.Ask("dan", ("deadline", Doc.Literal("2026-11-23T07:59:00Z")))));
        Assert.Equal(["Deadline of 'ask' is '2026-11-23T07:59:00Z', and that is over: name a time to come."], refused.Problems);
    }

    [Fact]
    public async Task Of_fifty_answers_at_once_one_wins_in_every_round()
    {
        for (var round = 0; round < 200; round++)
        {
            await using var talk = new Talk("ada");
            var waiting = await talk.RunAsync(Talk.Ask("dan", Output), Talk.Out(Doc.Variable("v")));
            var question = await talk.OpenQuestionAsync(waiting.Row);

            var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => talk.AnswerAsync(question, $"answer {i}"), Stop)));
            var outcome = await talk.RestAsync(waiting.Row.Key.InstanceId);

            var winner = Array.IndexOf(results, ResumeResult.Accepted);
            Assert.Equal(1, results.Count(r => r == ResumeResult.Accepted));
            Assert.Equal(49, results.Count(r => r == ResumeResult.AlreadyAnswered));
            Assert.Equal($"answer {winner}", outcome.Output.GetProperty("out").GetString());
        }
    }
}
