using System.Text.Json.Serialization;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>What was said in a conversation, for an output or a prompt. What was told by no participant, as the prompts of an orchestrator, is left out.</summary>
// It has no effect, but what was said just before has to be committed to be read.
[Activity(
    "LlmOrc.ReadTranscript", Category = "Conversations", DisplayName = "Read Transcript", HasEffect = true,
    Description = "Reads what the participants of a conversation said so far.")]
public sealed class ReadTranscriptActivity : IActivity
{
    [Input(Description = "The conversation, which was started.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Output(Description = "[{ speaker, text }], oldest first.")]
    public IReadOnlyList<Spoken>? Transcript { get; private set; }

    public async ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var conversation = ConversationRules.Find(context, Inputs.NotBlank(Conversation) ?? Utterance.MainConversation);
        var spoken = new List<Spoken>();
        await foreach (var message in context.ReadMessagesAsync(conversation.Id, cancellationToken))
        {
            if (conversation.Has(message.Sender))
                spoken.Add(new(message.Sender, message.Content));
        }

        Transcript = spoken;
        return ActivityResult.Done();
    }
}

/// <summary>What one participant said.</summary>
public sealed record Spoken([property: JsonPropertyName("speaker")] string Speaker, [property: JsonPropertyName("text")] string Text);
