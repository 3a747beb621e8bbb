using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// Starts a conversation: from here on only its participants speak in it, and every agent is told the topic and who else is there. An
/// initial message goes from the first participant to the second; where that is an agent, it answers.
/// </summary>
[Activity(
    TypeName, Category = "Conversations", DisplayName = "Start Conversation", HasEffect = true,
    Description = "Names the participants and the topic of a conversation; an initial message is answered by the second participant.")]
public sealed class StartConversationActivity(AgentTurns turns) : IActivity
{
    internal const string TypeName = "LlmOrc.StartConversation";

    [Input(Description = "Name of the conversation; a run may have several.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "Names of agents and people, a list.", UIHint = "json-editor", DefaultSyntax = "Object")]
    public required IReadOnlyList<string> Participants { get; init; }

    [Input(Description = "Those of the participants who are people, a list.", UIHint = "json-editor", DefaultSyntax = "Object")]
    public IReadOnlyList<string>? People { get; init; }

    [Input(Description = "What it is about; every agent in it is told.")]
    public string? Topic { get; init; }

    [Input(Description = "What the first participant says to the second.", UIHint = "multiline")]
    public string? InitialMessage { get; init; }

    [Input(Description = "Whether only the one who was addressed last may speak.", DefaultValue = false)]
    public bool TurnTaking { get; init; }

    [Output(Description = "Name of the conversation.")]
    public string? ConversationId { get; private set; }

    [Output(Description = "What the second participant answered to the initial message.")]
    public string? Reply { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return FailedTurn.SettleAsync(context, OnFailure.Fault, () => StartAsync(context, cancellationToken));
    }

    private async Task<ActivityResult> StartAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        // A required input may still be bound to nothing, and a list may hold it.
        var (participants, people) = (Participants ?? [], People ?? []);
        ConversationRules.ThrowIfMistaken(participants, people, Topic);
        var conversation = new Conversation
        {
            Id = Inputs.NotBlank(Conversation) ?? Utterance.MainConversation,
            Topic = Inputs.NotBlank(Topic),
            Participants = [.. participants.Union(people)],
            People = people,
            IsTurnTaking = TurnTaking,
        };
        if (context.FindConversation(conversation.Id) is not null)
            throw ConversationRules.Mistaken("ConversationExists", $"The conversation '{conversation.Id}' was started already. Give this one another name.");
        ConversationRules.ThrowIfMisfit(await turns.ReadSettingsAsync(cancellationToken), conversation);

        ConversationId = conversation.Id;
        List<Change> changes = [new ConversationChange(conversation)];
        if (Inputs.NotBlank(InitialMessage) is { } message)
            changes.AddRange(await OpenAsync(context, conversation, message, cancellationToken));
        return ActivityResult.Done(changes);
    }

    private async Task<IEnumerable<Change>> OpenAsync(ActivityContext context, Conversation conversation, string message, CancellationToken cancellationToken)
    {
        if (conversation.Participants is not [var first, var second, ..])
            throw Inputs.Invalid($"An initial message goes from the first participant to the second, and '{conversation.Id}' has {conversation.Participants.Count}.");

        var said = Utterance.Of(context, Utterance.Message, conversation.Id, Utterance.Message, first, second, message);
        if (conversation.People.Contains(second))
            return [said];

        var turn = await turns.SpeakAsync(
            context,
            new()
            {
                Agent = second,
                Sender = first,
                ConversationId = conversation.Id,
                Conversation = conversation,
                Prompt = new(message, "", ""),
                View = new(HistoryKind.None),
                ReplyId = Utterance.Id(context, Utterance.Reply),
            },
            cancellationToken);
        Reply = turn.Reply;
        return [said, Utterance.Of(context, Utterance.Reply, conversation.Id, Utterance.Reply, second, first, turn.Reply)];
    }
}
