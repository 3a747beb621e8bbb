using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Who may take part and who may speak, with errors that say what to do.</summary>
internal static class ConversationRules
{
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

    /// <exception cref="FailureException">Somebody is neither an agent nor one of the people; all of them at once.</exception>
    public static void ThrowIfUnknown(AgentSettings settings, Conversation conversation)
    {
        string[] unknown = [.. conversation.Participants.Where(p => !conversation.People.Contains(p) && !settings.Agents.ContainsKey(p))];
        if (unknown.Length > 0)
        {
            throw Failed(
                "AgentUnknown",
                $"{string.Join(", ", unknown.Select(u => $"'{u}'"))} {(unknown.Length == 1 ? "is" : "are")} no agent in {settings.Source}, and not among the people of the conversation '{conversation.Id}'. "
                    + $"Agents: {string.Join(", ", settings.Agents.Keys.Order(StringComparer.Ordinal))}.");
        }
    }

    /// <exception cref="FailureException">A person has the name of an agent, or a name that is no line.</exception>
    public static void ThrowIfMistaken(AgentSettings settings, Conversation conversation)
    {
        if (conversation.Participants.FirstOrDefault(p => p.Any(char.IsControl)) is { } broken)
            throw Mistaken("InputInvalid", $"The name of a participant is one line, without control characters: '{new string([.. broken.Select(c => char.IsControl(c) ? ' ' : c)])}'.");
        if (conversation.People.FirstOrDefault(settings.Agents.ContainsKey) is { } agent)
            throw Failed("InputInvalid", $"'{agent}' is an agent in {settings.Source}, so a person in the conversation '{conversation.Id}' needs another name.");
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
}
