using System.Text.Json.Serialization;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// What was said in a conversation, for an output or a prompt: to all, or what one participant could hear. What two said to each other alone
/// is read only where the workflow asks for it. What was told by no participant, as the prompts of an orchestrator, is left out.
/// </summary>
// It has no effect, but what was said just before has to be committed to be read.
[Activity(
    "LlmOrc.ReadTranscript", Category = "Conversations", DisplayName = "Read Transcript", HasEffect = true,
    Description = "Reads what the participants of a conversation said so far: to all, or what one of them could hear.")]
public sealed class ReadTranscriptActivity : IActivity
{
    [Input(Description = "The conversation, which was started.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "A participant, agent or person: what she could hear is read, what was said to her or by her alone included; empty: only what was said to all.")]
    public string? Reader { get; init; }

    [Input(Description = "Whether everything is read, what others said to each other alone included; then there is no Reader.", DefaultValue = false)]
    public bool All { get; init; }

    [Output(Description = "[{ speaker, text }], oldest first.")]
    public IReadOnlyList<Spoken>? Transcript { get; private set; }

    public async ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var conversation = ConversationRules.Find(context, Inputs.NotBlank(Conversation) ?? Utterance.MainConversation);
        var reader = Inputs.NotBlank(Reader);
        if (reader is not null && All)
            throw Inputs.Invalid($"'{context.ActivityId}' has both a Reader and All: it reads what one participant could hear, or everything.");
        if (reader is not null && !conversation.Has(reader))
            throw ConversationRules.NotParticipant(conversation, reader);

        var spoken = new List<Spoken>();
        await foreach (var message in context.ReadMessagesAsync(conversation.Id, cancellationToken))
        {
            if (conversation.Has(message.Sender) && (All || (reader is null ? message.Recipient is null : AgentView.MayHear(message, reader))))
                spoken.Add(new(message.Sender, message.Content));
        }

        Transcript = spoken;
        return ActivityResult.Done();
    }
}

/// <summary>What one participant said.</summary>
public sealed record Spoken([property: JsonPropertyName("speaker")] string Speaker, [property: JsonPropertyName("text")] string Text);
