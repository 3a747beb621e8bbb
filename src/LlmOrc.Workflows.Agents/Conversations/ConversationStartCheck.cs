using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Refuses to start a run with a conversation that cannot be started, as far as its participants, people and topic are known.</summary>
internal sealed class ConversationStartCheck(AgentSettingsFile settings) : IStartCheck
{
    public async ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var node in graph.Nodes.Where(n => n.Type == StartConversationActivity.TypeName))
            await CheckAsync(node, input, problems, cancellationToken);
        return problems;
    }

    private async Task CheckAsync(ActivityNode node, JsonElement input, List<string> problems, CancellationToken cancellationToken)
    {
        if (KnownAtStart.Find(node, "topic", input) is { } topic && ConversationRules.FindTooLong(topic.Value.ToText()) is { } tooLong)
            problems.Add($"{topic.What}: {tooLong}");
        if (KnownAtStart.Find(node, "participants", input) is not { } participants || Read(participants, problems) is not { } names)
            return;
        var knownPeople = KnownAtStart.Find(node, "people", input);
        var people = knownPeople is { } known ? Read(known, problems) : [];
        if (people is null)
            return;

        // Who is named by an expression may be a person, so that nothing more can be said of the others.
        var isAll = knownPeople is not null;
        var mistakes = ConversationRules.FindMistakes(names, people, mayBeMore: !isAll).ToList();
        problems.AddRange(mistakes.Select(m => $"{participants.What}: {m}"));
        if (isAll && mistakes.Count == 0)
            problems.AddRange((await FindMisfitsAsync(names, people, cancellationToken)).Select(m => $"{participants.What}: {m}"));
    }

    private static IReadOnlyList<string?>? Read(KnownAtStart list, List<string> problems)
    {
        try
        {
            return ValueConversion.To<IReadOnlyList<string?>>(list.Value) ?? [];
        }
        catch (Exception exception) when (exception is JsonException or FormatException or NotSupportedException or InvalidOperationException)
        {
            problems.Add($"{list.What} must be a list of names, e.g. [\"ada\", \"bob\"].");
            return null;
        }
    }

    private async Task<IEnumerable<string>> FindMisfitsAsync(IEnumerable<string?> participants, IEnumerable<string?> people, CancellationToken cancellationToken)
    {
        try
        {
            var known = await settings.ReadAsync(cancellationToken);
            return ConversationRules.FindMisfits(known, participants.OfType<string>(), [.. people.OfType<string>()]);
        }
        catch (FailureException exception)
        {
            return [exception.Failure.Message];
        }
    }
}
