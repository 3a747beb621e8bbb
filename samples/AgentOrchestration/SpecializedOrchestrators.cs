using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Specialized Orchestrators".</summary>
public static class SpecializedOrchestrators
{
    public const string Diff = """
        diff --git a/auth.py b/auth.py
        --- a/auth.py
        +++ b/auth.py
        @@ -1,2 +1,4 @@
         import jwt
        +SECRET = "hunter2"
        +def token(user): return jwt.encode({"sub": user}, SECRET)
         # end

        """;

    /// <summary>"PR Review Orchestrator": the reviewers work at once, and one that fails does not lose the others' work.</summary>
    public static async Task PullRequestReviewAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Create orchestrator, and register specialists
        var review = host.Get<PullRequestReview>();
        review.RegisterReviewer(AgentCreation.CreateReviewAgent("senior_developer", model));
        review.RegisterReviewer(AgentCreation.CreateReviewAgent("security_expert", model));
        review.RegisterReviewer(AgentCreation.CreateReviewAgent("ux_reviewer", model));

        // PR data (from GitHub CLI or manual); added and deleted lines are counted from the diff
        var change = new PullRequestData
        {
            Title = "Add user authentication system",
            Description = "Implements JWT-based authentication",
            Diff = Diff,
            FilesChanged = ["auth.py", "models.py"],
        };

        // Conduct review
        var results = await review.ReviewAsync(change);

        // Process results
        await output.WriteLineAsync($"PR: {results.PrTitle}");
        await output.WriteLineAsync($"Reviewers: {results.TotalReviewers}");
        await output.WriteLineAsync($"Summary: {results.Summary}");
        foreach (var one in results.Reviews)
            await output.WriteLineAsync($"{one.Reviewer}: {one.Feedback}");
    }

    /// <summary>"Custom Orchestrators": the brainstorming of the document is a workflow that comes with it; one of your own is a document in workflows/.</summary>
    public static async Task BrainstormingAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        var brainstorming = host.Get<Brainstorming>();
        foreach (var name in (string[])["dreamer", "engineer", "accountant"])
            brainstorming.RegisterParticipant(ConversationOrchestration.CreateAgent(name, model));

        var session = await brainstorming.RunSessionAsync("A library that people visit after work", rounds: 2);

        foreach (var idea in session.Ideas)
            await output.WriteLineAsync($"{idea.Participant}: {idea.Text}");
        foreach (var refinement in session.Refinements)
            await output.WriteLineAsync($"{refinement.RefinedBy} on \"{refinement.OriginalIdea}\": {refinement.Text}");
    }
}
