using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>How much of a conversation an agent is shown.</summary>
internal enum TurnHistory
{
    /// <summary>Nothing: the turn stands for itself.</summary>
    None,

    /// <summary>What the agent said, and what it alone was told. Others at the same table stay unheard.</summary>
    Own,

    /// <summary>Everything anybody said.</summary>
    All,
}

/// <summary>Turns a transcript into the messages of a chat, as one of its participants sees it.</summary>
internal static class AgentView
{
    public static async ValueTask<IReadOnlyList<ChatTurn>> ReadAsync(
        ActivityContext context, string conversation, string agent, TurnHistory history, CancellationToken cancellationToken)
    {
        var turns = new List<ChatTurn>();
        if (history == TurnHistory.None)
            return turns;
        await foreach (var message in context.ReadMessagesAsync(conversation, cancellationToken))
        {
            if (See(message, agent, history) is { } turn)
                turns.Add(turn);
        }

        return turns;
    }

    private static ChatTurn? See(TranscriptMessage message, string agent, TurnHistory history) => message switch
    {
        _ when message.Sender == agent => new(ChatSpeaker.Assistant, message.Content),
        _ when message.Recipient == agent => new(ChatSpeaker.User, message.Content),
        // Who speaks to whom stands in a line of ours; whatever a text says about its speaker comes after it.
        _ when history == TurnHistory.All => new(ChatSpeaker.User, $"[{message.Sender} to {message.Recipient ?? "all"}]\n{message.Content}"),
        _ => null,
    };
}
