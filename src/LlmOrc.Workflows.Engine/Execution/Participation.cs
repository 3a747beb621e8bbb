using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Who may speak in the conversations of an instance.</summary>
internal static class Participation
{
    public static SayResult Judge(InstanceState state, TranscriptMessage message)
    {
        if (state.Status == InstanceStatus.Finished || state.IsCanceling)
            return SayResult.Gone;
        if (!state.Conversations.TryGetValue(message.ConversationId, out var conversation))
            return SayResult.ConversationUnknown;
        // Agents speak through their models, and nobody else in their name.
        if (!conversation.People.Contains(message.Sender) || (message.Recipient is { } recipient && !conversation.Has(recipient)))
            return SayResult.NotParticipant;
        return conversation.MaySpeak(message.Sender) ? SayResult.Accepted : SayResult.NotYourTurn;
    }
}
