using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Finds what is answered where nothing new is said.</summary>
internal static class LastWords
{
    /// <summary>What a participant said last to another one, or to all.</summary>
    /// <param name="listener">Null: only what was said to all.</param>
    /// <exception cref="FailureException">It has said nothing yet.</exception>
    public static async Task<TranscriptMessage> FindAsync(
        ActivityContext context, Conversation conversation, string speaker, string? listener, CancellationToken cancellationToken)
    {
        TranscriptMessage? last = null;
        await foreach (var message in context.ReadMessagesAsync(conversation.Id, cancellationToken))
        {
            if (message.Sender == speaker && (message.Recipient is null || message.Recipient == listener))
                last = message;
        }

        return last ?? throw ConversationRules.Mistaken(
            "NothingSaid", $"'{speaker}' has said nothing to {(listener is null ? "all" : $"'{listener}'")} in the conversation '{conversation.Id}' that could be answered. Give '{context.ActivityId}' a Content.");
    }
}
