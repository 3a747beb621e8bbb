using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Models;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>workflows/brainstorming.json.</summary>
public sealed class BrainstormingTests
{
    private static readonly string[] Four = ["dreamer", "realist", "critic", "ux"];

    [Fact]
    public async Task Ideas_come_by_rounds_and_each_is_refined_by_all_the_others()
    {
        await using var stock = new Stock("brainstorming");
        stock.Model.Reply = Answer;

        var outcome = await stock.RunAsync(new { topic = "tea", rounds = 1 });

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal("tea", outcome.Output.GetProperty("topic").GetString());
        Assert.Equal(
            """[{"participant":"dreamer","idea":"dreamer 1"},{"participant":"realist","idea":"realist 1"},{"participant":"critic","idea":"critic 1"}]""",
            outcome.Output.GetProperty("ideas").GetRawText());
        Assert.Equal(
            """
            [{"original_idea":"dreamer 1","refined_by":"realist","refinement":"realist on dreamer 1"},
            {"original_idea":"dreamer 1","refined_by":"critic","refinement":"critic on dreamer 1"},
            {"original_idea":"realist 1","refined_by":"dreamer","refinement":"dreamer on realist 1"},
            {"original_idea":"realist 1","refined_by":"critic","refinement":"critic on realist 1"},
            {"original_idea":"critic 1","refined_by":"dreamer","refinement":"dreamer on critic 1"},
            {"original_idea":"critic 1","refined_by":"realist","refinement":"realist on critic 1"}]
            """.ReplaceLineEndings(""),
            outcome.Output.GetProperty("refinements").GetRawText());
        Assert.Equal("[]", outcome.Output.GetProperty("failed_participants").GetRawText());
        Assert.Equal(4, outcome.Output.EnumerateObject().Count());
    }

    [Fact]
    public async Task Three_rounds_of_four_make_twelve_and_thirty_six_calls_and_a_round_is_in_flight_at_once()
    {
        await using var stock = new Stock("brainstorming");
        TaskCompletionSource[] together = [new(), new(), new()];
        var thinking = 0;
        stock.Model.Before = async (call, token) =>
        {
            if (IsRefinement(call))
                return;
            var number = Interlocked.Increment(ref thinking) - 1;
            if (number % Four.Length == Four.Length - 1)
                together[number / Four.Length].SetResult();
            await together[number / Four.Length].Task.WaitAsync(token);
        };
        stock.Model.Reply = Answer;

        var outcome = await stock.RunAsync(new { topic = "tea", rounds = 3, participants = Four });

        var ideas = stock.Model.Calls.Where(c => !IsRefinement(c)).ToList();
        var refinements = stock.Model.Calls.Where(IsRefinement).ToList();
        Assert.Equal((12, 36), (ideas.Count, refinements.Count));
        Assert.Equal(12, outcome.Output.GetProperty("ideas").GetArrayLength());
        Assert.Equal(
            [.. Enumerable.Range(1, 3).SelectMany(round => Four.Select(f => $"{f} {round}"))],
            outcome.Output.GetProperty("ideas").EnumerateArray().Select(i => i.GetProperty("idea").GetString()));

        // Each knows what it said and was told before, in order, and nothing of the others.
        Assert.All(ideas, (call, index) =>
        {
            var round = (index / Four.Length) + 1;
            string[] roles = ["system", .. Enumerable.Repeat<string[]>(["user", "assistant"], round - 1).SelectMany(r => r), "user"];
            Assert.Equal(roles, call.Messages.Select(m => m.Role));
            Assert.Equal(Enumerable.Range(1, round - 1).Select(r => $"{Stock.Who(call)} {r}"), call.Messages.Where(m => m.Role == "assistant").Select(m => m.Content));
            Assert.Contains($"This is round {round} of 3", call.Asked);
            Assert.Equal(round > 1, call.Asked.Contains("must differ in kind", StringComparison.Ordinal));
            Assert.Contains("Specialties:\n- ", call.System);
            Assert.All(Four.Where(f => f != Stock.Who(call)), other => Assert.DoesNotContain(call.Messages.Skip(1), m => m.Content.Contains(other, StringComparison.Ordinal)));
        });
        Assert.All(refinements, call =>
        {
            Assert.Equal(["system", "user"], call.Messages.Select(m => m.Role));
            Assert.Contains("Out of scope: ", call.System);
            Assert.DoesNotContain($"idea that {Stock.Who(call)} had", call.Asked);
        });
        Assert.Equal(36, outcome.Output.GetProperty("refinements").EnumerateArray().Select(r => $"{r.GetProperty("original_idea")}>{r.GetProperty("refined_by")}").Distinct().Count());
        Assert.Equal(96, (await stock.TranscriptAsync(outcome.Row.Key.InstanceId)).Count);
    }

    [Fact]
    public async Task A_participant_that_fails_is_named_and_the_others_ideas_are_kept_and_refined()
    {
        await using var stock = new Stock("brainstorming");
        stock.Fail("realist");
        stock.Model.Reply = Answer;

        var outcome = await stock.RunAsync(new { topic = "tea", rounds = 2 });

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal(["dreamer 1", "critic 1", "dreamer 2", "critic 2"], outcome.Output.GetProperty("ideas").EnumerateArray().Select(i => i.GetProperty("idea").GetString()));
        Assert.Equal(["critic", "dreamer", "critic", "dreamer"], outcome.Output.GetProperty("refinements").EnumerateArray().Select(i => i.GetProperty("refined_by").GetString()));
        var failed = Assert.Single(outcome.Output.GetProperty("failed_participants").EnumerateArray());
        Assert.Equal("realist", failed.GetProperty("participant").GetString());
        Assert.Contains("out of order", failed.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Without_any_idea_the_run_stops_and_a_resume_begins_again()
    {
        await using var stock = new Stock("brainstorming");
        stock.Fail("dreamer", "realist");
        var stopped = await stock.RunAsync(new { topic = "tea", rounds = 2, participants = "dreamer, realist" });
        var failure = Assert.Single(stopped.Incidents).Failure;
        Assert.Equal("NoIdea", failure.Type);
        Assert.StartsWith("No participant had an idea. dreamer, realist: ", failure.Message);

        stock.Fail();
        stock.Model.Reply = call => $"{Stock.Who(call)} says";
        var outcome = await stock.ContinueAsync(stopped.Row.Key.InstanceId);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal((4, 4, 0), (Length(outcome, "ideas"), Length(outcome, "refinements"), Length(outcome, "failed_participants")));
    }

    private static int Length(InstanceOutcome outcome, string output) => outcome.Output.GetProperty(output).GetArrayLength();

    private static bool IsRefinement(ScriptedCall call) => call.Asked.Contains("BEGIN IDEA", StringComparison.Ordinal);

    // An idea is named by its author and round, a refinement by what it refines.
    private static string Answer(ScriptedCall call) => IsRefinement(call)
        ? $"{Stock.Who(call)} on {call.Asked.Split("BEGIN IDEA")[1].Split('\n')[1]}"
        : $"{Stock.Who(call)} {call.Messages.Count(m => m.Role == "assistant") + 1}";
}
