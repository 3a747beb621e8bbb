using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Who may take part and who may speak, with errors that say what to do.</summary>
internal static class ConversationRules
{
    /// <summary>Most characters of a topic: every agent is told it with every turn. Longer ones are texts to be talked about, and belong into a message.</summary>
    public const int MaxTopicLength = 10_000;

    // Names are told to models in every turn, and are part of ids.
    private const int MaxNameLength = 100;

    /// <summary>A started conversation.</summary>
    /// <exception cref="FailureException">It was not started.</exception>
    public static Conversation Find(ActivityContext context, string id) => context.FindConversation(id) ?? throw Mistaken(
        "ConversationUnknown", $"No conversation '{id}' was started in this run. Put a Start Conversation before '{context.ActivityId}', or correct its Conversation.");

    /// <param name="addressed">Those who are spoken to by name.</param>
    /// <exception cref="FailureException">Somebody takes no part, or it is somebody else's turn.</exception>
    public static void ThrowIfSilent(Conversation conversation, string speaker, params IEnumerable<string> addressed)
    {
        if (addressed.Prepend(speaker).FirstOrDefault(p => !conversation.Has(p)) is { } stranger)
            throw NotParticipant(conversation, stranger);
        if (!conversation.MaySpeak(speaker))
            throw Failed("NotYourTurn", $"It is the turn of '{conversation.Speaker}' in the conversation '{conversation.Id}', not of '{speaker}'. Let '{conversation.Speaker}' speak first, or start the conversation without turn-taking.");
    }

    /// <summary>
    /// Who speaks to all does not answer itself, and no person is asked by herself. An agent may be told something in its own name, as the
    /// original's panel does with its moderator.
    /// </summary>
    /// <exception cref="FailureException">Somebody would answer itself.</exception>
    public static void ThrowIfToItself(string speaker, params IEnumerable<string?> addressed)
    {
        if (addressed.Contains(speaker))
            throw Mistaken("InputInvalid", $"'{speaker}' cannot answer itself: name another participant.");
    }

    /// <exception cref="FailureException">A conversation cannot be started with these, whatever agents there are: all that is wrong.</exception>
    public static void ThrowIfMistaken(IReadOnlyList<string> participants, IReadOnlyList<string> people, string? topic)
    {
        string[] mistakes = [.. FindMistakes(participants, people, mayBeMore: false), .. FindTooLong(topic) is { } tooLong ? [tooLong] : Array.Empty<string>()];
        if (mistakes.Length > 0)
            throw Mistaken("InputInvalid", string.Join(" ", mistakes));
    }

    /// <summary>What is wrong with names, whatever agents there are; each as a sentence.</summary>
    /// <param name="people">Some or all of them may be among the participants as well.</param>
    /// <param name="mayBeMore">Whether others take part, too.</param>
    public static IEnumerable<string> FindMistakes(IReadOnlyList<string?> participants, IReadOnlyList<string?> people, bool mayBeMore)
    {
        if (participants.Count + people.Count == 0 && !mayBeMore)
            yield return "Nobody takes part: name agents or people.";
        foreach (var list in (IReadOnlyList<string?>[])[participants, people])
        {
            if (list.Any(string.IsNullOrWhiteSpace))
                yield return "A participant has no name: name each, or leave the place out.";
            foreach (var name in list.Where(n => !string.IsNullOrWhiteSpace(n)).GroupBy(n => n).Where(g => g.Count() > 1).Select(g => Shown(g.Key!)))
                yield return $"'{name}' is named more than once: name everybody once.";
        }

        foreach (var broken in participants.Concat(people).Where(p => p is not null && (p.Length > MaxNameLength || p.Any(char.IsControl))).Distinct())
            yield return $"The name of a participant is one line of at most {MaxNameLength} characters, without control characters: '{Shown(broken!)}'.";
    }

    /// <summary>What is wrong with a topic; null where nothing is.</summary>
    public static string? FindTooLong(string? topic) => topic?.Length > MaxTopicLength
        ? $"A topic has at most {MaxTopicLength:N0} characters, because every agent is told it in every turn, and this has {topic.Length:N0}: say the rest in a message."
        : null;

    /// <exception cref="FailureException">Somebody is neither an agent nor one of the people, or both; all of them at once.</exception>
    public static void ThrowIfMisfit(AgentSettings settings, Conversation conversation)
    {
        if (FindMisfits(settings, conversation.Participants, conversation.People).ToArray() is { Length: > 0 } misfits)
            throw Failed("AgentUnknown", string.Join(" ", misfits));
    }

    /// <summary>Who of the participants is not what the settings know, each kind as a sentence.</summary>
    /// <param name="people">Null: all are to be agents.</param>
    public static IEnumerable<string> FindMisfits(AgentSettings settings, IEnumerable<string> participants, IReadOnlyList<string>? people)
    {
        if (people?.Where(settings.Agents.ContainsKey).Distinct().ToArray() is { Length: > 0 } agents)
            yield return $"{Quoted(agents)} {(agents.Length == 1 ? "is an agent" : "are agents")} in {settings.Source}, so a person in the conversation needs another name.";
        string[] unknown = [.. participants.Where(p => people?.Contains(p) is not true && !settings.Agents.ContainsKey(p)).Distinct()];
        if (unknown.Length == 0)
            yield break;
        var similar = unknown.SelectMany(u => Similarity.Closest(u, settings.Agents.Keys, 1)).Distinct().ToArray();
        yield return $"{Quoted(unknown)} {(unknown.Length == 1 ? "is" : "are")} no agent in {settings.Source}{(people is null ? "" : ", and not among the people of the conversation")}."
            + (similar.Length > 0 ? $" Did you mean {string.Join(", ", similar.Select(s => $"'{s}'"))}?" : "")
            + $" Agents: {string.Join(", ", settings.Agents.Keys.Order(StringComparer.Ordinal))}.";
    }

    /// <summary>As <see cref="ThrowIfSilent"/>, where the orchestrator may speak as well: then it is the turn of the one who is spoken to.</summary>
    /// <param name="recipient">Whom the answer is for; null: all.</param>
    public static void ThrowIfOutOfTurn(Conversation? conversation, string sender, string addressed, string? recipient)
    {
        if (conversation is null)
            return;
        string[] named = recipient is null ? [addressed] : [addressed, recipient];
        if (sender == Utterance.Orchestrator)
            ThrowIfSilent(conversation, addressed, named);
        else
            ThrowIfSilent(conversation, sender, named);
    }

    public static FailureException NotParticipant(Conversation conversation, string name) => Mistaken(
        "NotParticipant", $"'{name}' takes no part in the conversation '{conversation.Id}'. Its participants: {string.Join(", ", conversation.Participants)}.");

    /// <summary>What can be mended beside the run, e.g. in the settings.</summary>
    public static FailureException Failed(string type, string message) => new(new() { Type = type, Message = message });

    /// <summary>What stands in the document, the inputs or the state of the run, and so fails again in every attempt.</summary>
    public static FailureException Mistaken(string type, string message) => new(new() { Type = type, Message = message, IsFinal = true });

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{Shown(n)}'"));

    private static string Shown(string name) => new([.. name.Take(MaxNameLength).Select(c => char.IsControl(c) ? ' ' : c)]);
}
