using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>One participant says something to another; where that is an agent, it answers. Both sides are recorded, and nobody else hears them.</summary>
[Activity(
    "LlmOrc.SendAgentMessage", Category = "Conversations", DisplayName = "Send Agent Message", HasEffect = true, IsMetered = true, Outcomes = ["Done", "Failed"],
    Description = "A participant of a conversation says something to another one, which answers if it is an agent.")]
public sealed class SendAgentMessageActivity(AgentTurns turns) : IActivity
{
    [Input(Description = "The conversation, which was started.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "Who speaks: a participant.")]
    public required string Sender { get; init; }

    [Input(Description = "Who is spoken to: a participant.")]
    public required string Recipient { get; init; }

    [Input(Description = "What is said; empty: nothing new, the recipient answers what the sender said to it or to all last.", UIHint = "multiline")]
    public string? Content { get; init; }

    [Input(Description = "A model profile, or provider/model; empty: the agent's own.")]
    public string? Model { get; init; }

    [Input(
        Description = "What of the conversation the recipient is shown: none; own (what it said and was told); directed (what these two said to each other); all (what it could hear).",
        UIHint = "dropdown", Options = ["none", "own", "directed", "all"], DefaultValue = "all")]
    public string? History { get; init; }

    [Input(Description = "Only so many of the newest messages of the history; empty: all that fit.")]
    public int? HistoryLast { get; init; }

    [Input(Description = "As many of the newest messages of the history as have so many tokens together. Role, context and prompt come on top, and are not counted.", DefaultValue = HistoryView.StandardMaxTokens)]
    public int? HistoryTokens { get; init; }

    [Input(
        Description = "What a failed turn does: fault (the run stops and can be resumed), or continue (outcome Failed).",
        UIHint = "dropdown", Options = ["fault", "continue"], DefaultValue = "fault")]
    public string? OnFailure { get; init; }

    [Output(Description = "What the recipient answered; empty where it is a person.")]
    public string? Reply { get; private set; }

    [Output(Description = "Why there is no reply; only with outcome Failed.")]
    public Failure? Failure { get; private set; }

    [Output(Description = "Model, tokens, cost, and the version of the agent.")]
    public AgentTurnUsage? Usage { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var onFailure = Inputs.Choose(OnFailure, nameof(OnFailure), Conversations.OnFailure.Fault);
        return FailedTurn.SettleAsync(context, onFailure, () => SendAsync(context, cancellationToken), failure => Failure = failure);
    }

    private async Task<ActivityResult> SendAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var conversation = ConversationRules.Find(context, Inputs.NotBlank(Conversation) ?? Utterance.MainConversation);
        var content = Inputs.NotBlank(Content);
        if (content is null)
            ConversationRules.ThrowIfSilent(conversation, Recipient, Sender);
        else
            ConversationRules.ThrowIfSilent(conversation, Sender, Recipient);

        Change[] said = content is null ? [] : [Utterance.Of(context, Utterance.Message, conversation.Id, Utterance.Message, Sender, Recipient, content)];
        if (conversation.People.Contains(Recipient))
            return ActivityResult.Done(said);
        var answered = content is null ? await LastWords.FindAsync(context, conversation, Sender, Recipient, cancellationToken) : null;

        var turn = await turns.SpeakAsync(
            context,
            new()
            {
                Agent = Recipient,
                Sender = Sender,
                ConversationId = conversation.Id,
                Prompt = new(answered?.Content ?? content!, "", ""),
                Answered = answered?.Id,
                Model = Inputs.NotBlank(Model),
                View = HistoryView.Read(History, HistoryKind.All, HistoryLast, HistoryTokens),
                ReplyId = Utterance.Id(context, Utterance.Reply),
            },
            cancellationToken);
        (Reply, Usage) = (turn.Reply, turn.Usage);
        return ActivityResult.Done([.. said, Utterance.Of(context, Utterance.Reply, conversation.Id, Utterance.Reply, Recipient, Sender, turn.Reply)]);
    }
}
