using System.Text.Json;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Hosting;
using LlmOrc.Workflows.TestKit.Models;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>The delivered review of a change, by reviewers from code.</summary>
public sealed class PullRequestReviewTests : IAsyncDisposable
{
    private readonly Door _door = new();
    private readonly PullRequestReview _review;

    public PullRequestReviewTests() => _review = _door.Host.Get<PullRequestReview>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task Registered_reviewers_review_at_once_and_blind_and_the_result_has_the_shape_of_the_document()
    {
        using var together = new CountdownEvent(4);
        _door.Model.Before = async (call, token) =>
        {
            if (Who(call) == "a summarizer")
                return;
            together.Signal();
            await Task.Run(() => together.Wait(token), token);
        };
        _door.Model.Reply = call => $"{Who(call)} says fine.";
        foreach (var name in new[] { "senior", "security", "ux" })
            _review.RegisterReviewer(new(name, new RoleDefinition(name, $"You are {name}.", new { specialties = new[] { $"{name} things" } })));
        _review.RegisterReviewer(new("performance", new RoleDefinition("performance", "You are performance.", new { specialty = "speed" })));
        _door.Host.Add(new("review_summarizer", new RoleDefinition("review_summarizer", "You are a summarizer.")));

        var result = await _review.ReviewAsync(new() { Title = "Add user authentication", Description = "JWT", Diff = Changes.Small, FilesChanged = ["auth.py", "models.py"] }, Stop);

        Assert.Equal(
            """
            {"pr_title":"Add user authentication",
            "reviews":[{"reviewer":"senior","feedback":"senior says fine.","specialization":["senior things"]},
            {"reviewer":"security","feedback":"security says fine.","specialization":["security things"]},
            {"reviewer":"ux","feedback":"ux says fine.","specialization":["ux things"]},
            {"reviewer":"performance","feedback":"performance says fine.","specialization":["speed"]}],
            "summary":"a summarizer says fine.","total_reviewers":4,"failed_reviewers":[]}
            """.ReplaceLineEndings(""),
            JsonSerializer.Serialize(result));
        Assert.All(_door.Model.Calls.Take(4), call => Assert.DoesNotContain("says fine", call.Asked));
        Assert.All(_door.Model.Calls.Take(4), call => Assert.Contains("auth.py, models.py", call.Asked));
        Assert.Equal(10, (await _door.Conversations.GetHistoryAsync(result.RunId, Stop)).Count);
    }

    [Fact]
    public async Task A_reviewer_that_fails_is_named_and_the_others_are_kept()
    {
        _door.Model.Reply = call => Who(call) == "security" ? throw new InvalidOperationException("security is ill") : "fine";
        foreach (var name in new[] { "security", "ux" })
            _review.RegisterReviewer(Door.NewAgent(name));

        var result = await _review.ReviewAsync(new() { Diff = Changes.Small }, Stop);

        Assert.Equal(["ux"], result.Reviews.Select(r => r.Reviewer));
        Assert.Contains("security is ill", Assert.Single(result.FailedReviewers, f => f.Reviewer == "security").Error);
        Assert.Equal(2, result.TotalReviewers);
        // Nobody here can summarise: a template does, and says so.
        Assert.StartsWith("No model summarised these reviews", result.Summary);
    }

    [Fact]
    public async Task A_review_without_any_answer_stops_and_goes_on_by_its_id()
    {
        _door.Model.Before = (_, _) => throw new InvalidOperationException("out of order");
        _review.RegisterReviewer(Door.NewAgent("ux"));
        var stopped = await Assert.ThrowsAsync<RunFailedException>(() => _review.ReviewAsync(new() { Diff = Changes.Small }, Stop));
        Assert.StartsWith("No reviewer answered, so there is no review. ux: ", stopped.Message);

        _door.Model.Before = (_, _) => Task.CompletedTask;
        await _door.Host.Runtime.ContinueAsync(stopped.RunId, cancellationToken: Stop);
        var result = await _door.Host.Get<NamedRuns>().FinishAsync<PullRequestReviewResult>(stopped.RunId, Stop);

        Assert.Equal(["ux"], result.Reviews.Select(r => r.Reviewer));
    }

    [Fact]
    public async Task A_diff_that_is_none_is_refused() =>
        await Assert.ThrowsAsync<InputInvalidException>(() => _review.ReviewAsync(new() { Diff = "..." }, Stop));

    [Fact]
    public async Task Without_reviewers_of_ones_own_and_without_any_file_the_delivered_ones_review()
    {
        await using var host = LlmOrcHost.Open(o => (o.TemplatesPath, o.WorkflowsPath) = ("nowhere", "nowhere"));

        var result = await host.Get<PullRequestReview>().ReviewAsync(new() { Diff = Changes.Small }, Stop);

        Assert.Equal(["senior_developer", "security_expert", "ux_reviewer"], result.Reviews.Select(r => r.Reviewer));
        Assert.All(result.Reviews, r => Assert.StartsWith("[simulated]", r.Feedback));
        Assert.Contains("hunter2", result.Reviews[1].Feedback);
        Assert.StartsWith("[simulated]", result.Summary);
    }

    private static string Who(ScriptedCall call) => call.System.Split('\n')[0]["You are ".Length..].TrimEnd('.');
}
