using System.Text.Json.Serialization;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// One participant says something to all; the agents among the others answer at once, each without having heard the others' answers.
/// All of it is heard by everybody. One that fails is named and does not lose the others' answers.
/// </summary>
[Activity(
    "LlmOrc.Broadcast", Category = "Conversations", HasEffect = true, IsMetered = true, Outcomes = ["Done", "Failed"],
    Description = "A participant says something to all; the agents answer at once. Outcome Failed only where none of them could.")]
public sealed class BroadcastActivity(AgentTurns turns) : IActivity
{
    [Input(Description = "The conversation, which was started.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "Who speaks: a participant.")]
    public required string Sender { get; init; }

    [Input(Description = "What is said; empty: nothing new, they answer what the sender said to all last.", UIHint = "multiline")]
    public string? Content { get; init; }

    [Input(Description = "Which agents answer, a list; empty: all but the sender.", UIHint = "json-editor", DefaultSyntax = "Object")]
    public IReadOnlyList<string>? Respondents { get; init; }

    [Input(
        Description = "What of the conversation each is shown: none; own (what it said and was told); directed (what it and the sender said to each other); all (what it could hear).",
        UIHint = "dropdown", Options = ["none", "own", "directed", "all"], DefaultValue = "all")]
    public string? History { get; init; }

    [Input(Description = "Only so many of the newest messages of the history; empty: all that fit.")]
    public int? HistoryLast { get; init; }

    [Input(Description = "As many of the newest messages of the history as have so many tokens together. Role, context and prompt come on top, and are not counted.", DefaultValue = HistoryView.StandardMaxTokens)]
    public int? HistoryTokens { get; init; }

    [Output(Description = "[{ participant, reply }], in the order of the participants.")]
    public IReadOnlyList<BroadcastReply>? Replies { get; private set; }

    [Output(Description = "[{ participant, error }], one for each that did not answer.")]
    public IReadOnlyList<BroadcastFailure>? Failed { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return FailedTurn.SettleAsync(context, OnFailure.Fault, () => AskAllAsync(context, cancellationToken));
    }

    private async Task<ActivityResult> AskAllAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var conversation = ConversationRules.Find(context, Inputs.NotBlank(Conversation) ?? Utterance.MainConversation);
        ConversationRules.ThrowIfToItself(Sender, Respondents ?? []);
        ConversationRules.ThrowIfSilent(conversation, Sender, Respondents ?? []);

        var view = HistoryView.Read(History, HistoryKind.All, HistoryLast, HistoryTokens);
        var respondents = conversation.Participants.Where(p => p != Sender && !conversation.People.Contains(p) && (Respondents is not { Count: > 0 } || Respondents.Contains(p)));
        var answered = Inputs.NotBlank(Content) is null ? await LastWords.FindAsync(context, conversation, Sender, listener: null, cancellationToken) : null;
        var question = new Question(context, conversation, answered?.Content ?? Content!, answered?.Id, view);
        var answers = await Task.WhenAll(respondents.Select(respondent => AnswerAsync(question, respondent, cancellationToken)));
        if (answers.FirstOrDefault(a => a.Error is not null && FailedTurn.PauseAfter(a.Error, context.Attempt) is not null) is { Error: { } paused })
            throw paused;

        Replies = [.. answers.Where(a => a.Reply is not null).Select(a => new BroadcastReply(a.Participant, a.Reply!))];
        Failed = [.. answers.Where(a => a.Error is not null).Select(a => new BroadcastFailure(a.Participant, a.Error!.Failure.Message))];
        Change[] changes =
        [
            .. answered is null ? [Utterance.Of(context, Utterance.Message, conversation.Id, Utterance.Message, Sender, null, Content!)] : Array.Empty<Change>(),
            .. Replies.Select(r => Utterance.Of(context, ReplyName(r.Participant), conversation.Id, Utterance.Reply, r.Participant, null, r.Reply)),
        ];
        return Replies.Count == 0 && Failed.Count > 0 ? ActivityResult.Outcomes(["Failed"], changes) : ActivityResult.Done(changes);
    }

    private async Task<Answer> AnswerAsync(Question question, string respondent, CancellationToken cancellationToken)
    {
        try
        {
            var turn = await turns.SpeakAsync(
                question.Context,
                new()
                {
                    Step = ReplyName(respondent),
                    Agent = respondent,
                    Sender = Sender,
                    ConversationId = question.Conversation.Id,
                    Prompt = new(question.Content, "", ""),
                    Answered = question.Answered,
                    IsOneOfMany = true,
                    View = question.View,
                    ReplyId = Utterance.Id(question.Context, ReplyName(respondent)),
                },
                cancellationToken);
            question.Context.Report($"{respondent}: {turn.Reply}\n");
            return new(respondent, turn.Reply, null);
        }
        catch (FailureException exception)
        {
            return new(respondent, null, exception);
        }
    }

    private static string ReplyName(string participant) => $"{Utterance.Reply}/{participant}";

    /// <param name="Answered">Id of the message that it is, where it was said before.</param>
    private sealed record Question(ActivityContext Context, Conversation Conversation, string Content, string? Answered, HistoryView View);

    private sealed record Answer(string Participant, string? Reply, FailureException? Error);
}

/// <summary>What one participant answered.</summary>
public sealed record BroadcastReply([property: JsonPropertyName("participant")] string Participant, [property: JsonPropertyName("reply")] string Reply);

/// <summary>Why one participant did not answer.</summary>
public sealed record BroadcastFailure([property: JsonPropertyName("participant")] string Participant, [property: JsonPropertyName("error")] string Error);
