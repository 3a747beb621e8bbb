using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Turns a transcript into the messages of a chat, as one of its participants sees it.</summary>
internal static class AgentView
{
    /// <param name="partner">Who speaks to the agent now.</param>
    /// <param name="answered">Id of the message that the agent is about to answer: it is shown last, not here.</param>
    public static async ValueTask<IReadOnlyList<ChatTurn>> ReadAsync(
        ActivityContext context, string conversation, string agent, string partner, HistoryView view, string? answered, CancellationToken cancellationToken)
    {
        if (view.Kind == HistoryKind.None)
            return [];

        var heard = new List<ChatTurn>();
        await foreach (var message in context.ReadMessagesAsync(conversation, cancellationToken))
        {
            if (message.Id != answered && Hear(message, agent, partner, view.Kind) is { } turn)
                heard.Add(turn);
        }

        return Window(heard, view);
    }

    /// <summary>Whether a participant, an agent or a person, was there when something was said: to all, to her, or by her.</summary>
    public static bool MayHear(TranscriptMessage message, string participant) => message.Recipient is null || message.Recipient == participant || message.Sender == participant;

    private static ChatTurn? Hear(TranscriptMessage message, string agent, string partner, HistoryKind kind) => message switch
    {
        _ when !MayHear(message, agent) => null,
        _ when kind == HistoryKind.Directed && message.Sender != partner && message.Recipient != partner => null,
        // What it was told in its own name is a question all the same.
        { Kind: not Utterance.Reply } when message.Sender == agent && message.Recipient == agent => new(ChatSpeaker.User, message.Content),
        _ when message.Sender == agent => new(ChatSpeaker.Assistant, message.Content),
        _ when message.Recipient == agent => new(ChatSpeaker.User, message.Content),
        // Who speaks to whom stands in a line of ours; whatever a text says about its speaker comes after it.
        _ when kind == HistoryKind.All => new(ChatSpeaker.User, $"[{message.Sender} to all]\n{message.Content}"),
        _ => null,
    };

    // The newest that fit; what is left out is said, so that a model does not take the rest for the whole.
    private static List<ChatTurn> Window(List<ChatTurn> heard, HistoryView view)
    {
        var first = Math.Max(0, heard.Count - (view.Last ?? heard.Count));
        first += Tokens.CountToLeaveOut([.. heard.Skip(first).Select(turn => turn.Text)], view.MaxTokens);

        return first == 0
            ? heard
            : [new(ChatSpeaker.User, $"[{first} earlier {(first == 1 ? "message is" : "messages are")} left out]"), .. heard.Skip(first)];
    }
}
