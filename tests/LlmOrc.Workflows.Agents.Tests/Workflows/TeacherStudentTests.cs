using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>workflows/teacher-student.json: a conversation that a person resumes whenever she likes.</summary>
public sealed class TeacherStudentTests
{
    private const string Welcome = "Hello student! What would you like to know about nets? Ask as often as you like; \"bye\" ends the lesson.";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task She_asks_as_often_as_she_likes_each_time_in_a_new_runtime_until_she_says_bye()
    {
        await using var stock = new Stock("teacher-student");
        var id = (await stock.RunAsync(new { topic = "nets" })).Row.Key.InstanceId;
        Assert.Equal(Welcome, (await stock.AskedAsync(id)).GetProperty("question").GetString());

        for (var question = 1; question <= 3; question++)
        {
            await NextDayAsync(stock);
            // While she was asked and nothing else, there is nothing to go on with.
            Assert.Equal(ContinueResult.Waiting, await stock.Runtime.ContinueAsync(id, cancellationToken: Stop));
            var waiting = await stock.AnswerAsync(id, $"Question {question}?");
            Assert.Equal(InstanceSubStatus.Suspended, waiting.Row.SubStatus);
            Assert.Equal($"teacher {question}", (await stock.AskedAsync(id)).GetProperty("question").GetString());
        }

        await NextDayAsync(stock);
        var outcome = await stock.AnswerAsync(id, " Bye! ");

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal("nets", outcome.Output.GetProperty("topic").GetString());
        Assert.Equal(3, outcome.Output.GetProperty("exchanges").GetInt32());
        string[] said = [$"teacher: {Welcome}", "student: Question 1?", "teacher: teacher 1", "student: Question 2?", "teacher: teacher 2", "student: Question 3?", "teacher: teacher 3", "student:  Bye! "];
        Assert.Equal(said, outcome.Output.GetProperty("transcript").EnumerateArray().Select(t => $"{t.GetProperty("speaker")}: {t.GetProperty("text")}"));
        Assert.Equal(3, outcome.Output.EnumerateObject().Count());

        // Every word once, whoever said it.
        Assert.Equal(
            [$"question teacher>student: {Welcome}", "answer student>teacher: Question 1?", "reply teacher>student: teacher 1", "answer student>teacher: Question 2?", "reply teacher>student: teacher 2",
             "answer student>teacher: Question 3?", "reply teacher>student: teacher 3", "answer student>teacher:  Bye! "],
            await stock.TranscriptAsync(id));
        Assert.Equal(3, stock.Model.Calls.Count);
        Assert.Equal(
            [$"assistant: {Welcome}", "user: Question 1?", "assistant: teacher 1", "user: Question 2?", "assistant: teacher 2", "user: Question 3?"],
            Stock.Sent(stock.Model.Calls[2]));
        Assert.Contains("Rubric:\n- ", stock.Model.Calls[2].System);
        Assert.Contains("student (a person)", stock.Model.Calls[2].System);
    }

    [Fact]
    public async Task An_idle_deadline_that_passes_while_nothing_runs_ends_the_lesson_with_what_was_said()
    {
        await using var stock = new Stock("teacher-student");
        var id = (await stock.RunAsync(new { topic = "nets", idle_deadline = "P2D" })).Row.Key.InstanceId;
        await NextDayAsync(stock);
        await stock.AnswerAsync(id, "Why?");
        await NextDayAsync(stock);
        Assert.Equal(ContinueResult.Waiting, await stock.Runtime.ContinueAsync(id, cancellationToken: Stop));
        var question = await stock.QuestionAsync(id);
        await NextDayAsync(stock);

        var outcome = await stock.ContinueAsync(id);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal(1, outcome.Output.GetProperty("exchanges").GetInt32());
        Assert.Equal(3, outcome.Output.GetProperty("transcript").GetArrayLength());
        Assert.Equal(ResumeResult.Gone, await stock.Runtime.ResumeAsync(new(question.Id, Values.From("Too late?")), Stop));
    }

    [Fact]
    public async Task Her_name_and_the_end_word_are_hers_to_choose_and_what_she_adds_is_heard()
    {
        await using var stock = new Stock("teacher-student");
        var id = (await stock.RunAsync(new { topic = "nets", student = "ada", end_word = "genug" })).Row.Key.InstanceId;
        Assert.Equal("ada", (await stock.AskedAsync(id)).GetProperty("assignee").GetString());

        Assert.Equal(SayResult.Accepted, await stock.Runtime.SayAsync(new(id, "main", "ada", "I know some algebra."), Stop));
        await stock.AnswerAsync(id, "bye");
        var outcome = await stock.AnswerAsync(id, "Genug.");

        Assert.Equal(["user: [ada to all]\nI know some algebra.", "user: bye"], Stock.Sent(Assert.Single(stock.Model.Calls)).Skip(1));
        Assert.Equal(1, outcome.Output.GetProperty("exchanges").GetInt32());
    }

    [Fact]
    public async Task A_teacher_that_fails_stops_the_lesson_and_a_resume_answers_the_same_question()
    {
        await using var stock = new Stock("teacher-student");
        var id = (await stock.RunAsync(new { topic = "nets" })).Row.Key.InstanceId;
        stock.Fail("teacher");
        Assert.Equal(InstanceSubStatus.Faulted, (await stock.AnswerAsync(id, "Why?")).Row.SubStatus);

        stock.Fail();
        var waiting = await stock.ContinueAsync(id);

        Assert.Equal(InstanceSubStatus.Suspended, waiting.Row.SubStatus);
        Assert.Equal("user: Why?", Stock.Sent(stock.Model.Calls[^1])[^1]);
    }

    private static async Task NextDayAsync(Stock stock)
    {
        await stock.CloseAsync();
        stock.Time.Advance(TimeSpan.FromDays(1));
        stock.Reopen();
    }
}
