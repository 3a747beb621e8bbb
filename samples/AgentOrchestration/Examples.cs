using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;

namespace LlmOrc.Samples;

/// <summary>"Examples".</summary>
public static class Examples
{
    /// <summary>"1. Shakespeare ↔ Einstein Conversation".</summary>
    public static async Task ShakespeareEinsteinAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        var orchestrator = host.Conversations;
        orchestrator.RegisterAgent(new Agent(
            "shakespeare", new RoleDefinition("shakespeare", "You are William Shakespeare. Speak in eloquent Elizabethan English."), model));
        orchestrator.RegisterAgent(new Agent(
            "einstein", new RoleDefinition("einstein", "You are Albert Einstein. Discuss science with wonder and curiosity."), model));

        var conversationId = await orchestrator.StartConversationAsync(
            participants: ["shakespeare", "einstein"], topic: "The Nature of Beauty in Art and Science");

        // Shakespeare asks Einstein about beauty
        await output.WriteLineAsync(await orchestrator.SendAgentMessageAsync(
            sender: "shakespeare",
            recipient: "einstein",
            content: "What connection dost thou perceive between mathematical beauty and poetic beauty?",
            conversationId));
    }

    /// <summary>"2. GitHub PR Review with CLI Integration". It needs <c>gh</c>, and the variable PR_URL.</summary>
    public static async Task GitHubPullRequestReviewAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Extract PR data using GitHub CLI
        var url = Environment.GetEnvironmentVariable("PR_URL") ?? throw new InvalidOperationException("Set PR_URL to https://github.com/OWNER/REPO/pull/NUMBER.");
        var change = await GitHubPullRequest.FetchAsync(url);

        await ReviewAsync(host, model, change, output);
    }

    public static async Task<PullRequestReviewResult> ReviewAsync(LlmOrcHost host, AgentModel model, PullRequestData change, TextWriter output)
    {
        // Create specialist reviewers
        var review = host.Get<PullRequestReview>();
        review.RegisterReviewer(CreateExpert("senior_dev", "senior developer who reviews for correctness and maintainability", model));
        review.RegisterReviewer(CreateExpert("security_expert", "security expert who grades findings CRITICAL, HIGH, MEDIUM or LOW", model));
        review.RegisterReviewer(CreateExpert("ux_reviewer", "reviewer of user experience and accessibility", model));

        // Conduct review
        var results = await review.ReviewAsync(change);

        // Display results
        await output.WriteLineAsync($"PR: {results.PrTitle}");
        foreach (var one in results.Reviews)
            await output.WriteLineAsync($"{one.Reviewer}: {one.Feedback}");
        return results;
    }

    /// <summary>"3. Technical Discussion Panel", message by message.</summary>
    public static async Task TechnicalDiscussionAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        // Create expert agents
        Agent[] experts =
        [
            CreateExpert("architect", "software architect", model),
            CreateExpert("security", "security specialist", model),
            CreateExpert("performance", "performance engineer", model),
            CreateExpert("ux", "UX designer", model),
        ];
        var orchestrator = host.Conversations;
        foreach (var expert in experts)
            orchestrator.RegisterAgent(expert);

        // Start discussion
        var conversationId = await orchestrator.StartConversationAsync(
            participants: [.. experts.Select(e => e.Name)], topic: "Microservices Architecture Design");

        // Facilitate discussion; the architect is asked by himself, as in the document
        const string Question = "should we use event-driven architecture for our user service?";
        foreach (var expert in experts)
        {
            var response = await orchestrator.SendAgentMessageAsync(
                sender: "architect", recipient: expert.Name, content: $"From your expertise perspective, {Question}", conversationId);
            await output.WriteLineAsync($"{expert.Name}: {response}");
        }
    }

    /// <summary>The same as a panel: a moderator, rounds, everybody at once, and a conclusion.</summary>
    public static async Task PanelAsync(LlmOrcHost host, AgentModel model, TextWriter output)
    {
        host.Add(CreateExpert("moderator", "neutral moderator of a panel", model));
        var panel = host.Get<PanelDiscussion>();
        panel.RegisterExpert(CreateExpert("software_architect", "software architect", model));
        panel.RegisterExpert(CreateExpert("performance_engineer", "performance engineer", model));

        var result = await panel.DiscussAsync("Should we use event-driven architecture for our user service?", rounds: 2);

        foreach (var contribution in result.Rounds.SelectMany(r => r.Contributions))
            await output.WriteLineAsync($"{contribution.Expert}: {contribution.Text}");
        await output.WriteLineAsync(result.Conclusion);
    }

    public static Agent CreateExpert(string name, string profession, AgentModel model) =>
        new(name, new RoleDefinition(name, $"You are a {profession}. Answer in 3-4 sentences."), model);
}
