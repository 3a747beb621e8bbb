using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// A person's turn: asks her something and waits, for weeks if need be, without using memory. A deadline ends the wait with the default
/// answer; a reminder is repeated until then. The question keeps its id all the while.
/// </summary>
// It has no effect outside: what it says is committed with it, so that asking again after a reminder is one commit with the reminder.
[Activity(
    TypeName, Category = "Conversations", DisplayName = "Await Reply", Outcomes = ["Done", "TimedOut"],
    Description = "Asks a person and waits for the answer, with a deadline, a reminder and a default answer.")]
public sealed class AwaitReplyActivity : IActivity
{
    internal const string TypeName = "LlmOrc.AwaitReply";

    /// <summary>Name of the bookmark it waits at; its payload is a <see cref="PersonQuestion"/>.</summary>
    public const string Bookmark = "Question";

    private const string DeadlineTimer = "deadline";
    private const string ReminderTimer = "reminder";

    [Input(Description = "Who is asked.")]
    public required string Assignee { get; init; }

    [Input(Description = "What she is asked.", UIHint = "multiline")]
    public required string Question { get; init; }

    [Input(Description = "Whether the question was said before: then it is shown to her, and is no new message.", DefaultValue = false)]
    public bool AlreadySaid { get; init; }

    [Input(Description = "Whom the answer is for; empty: everybody.")]
    public string? Recipient { get; init; }

    [Input(Description = "The conversation that question and answer belong to.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "Who asks.", DefaultValue = Utterance.Orchestrator)]
    public string? Sender { get; init; }

    [Input(Description = "A JSON schema of the answer; empty: any text.", UIHint = "json-editor", DefaultSyntax = "Object")]
    public JsonElement Schema { get; init; }

    [Input(Description = "How long to wait (1.00:00:00, or P1D), or until when (2026-12-24T18:00:00Z); empty: for ever.")]
    public string? Deadline { get; init; }

    [Input(Description = "After how long to remind her, again and again (1.00:00:00, or P1D); empty: never.")]
    public string? Reminder { get; init; }

    [Input(Description = "The answer that counts when the deadline passes; empty: none.", DefaultSyntax = "Object")]
    public JsonElement DefaultAnswer { get; init; }

    [Output(Description = "The answer as a text.")]
    public string? Reply { get; private set; }

    [Output(Description = "The answer as it was given: a text, or what the schema says.")]
    public JsonElement? Answer { get; private set; }

    [Output(Description = "Whether it is the default answer.")]
    public bool? IsDefault { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var conversation = Inputs.NotBlank(Conversation) ?? Utterance.MainConversation;
        ConversationRules.ThrowIfToItself(Assignee, Inputs.NotBlank(Sender), Inputs.NotBlank(Recipient));
        string[] named = Inputs.NotBlank(Recipient) is { } recipient ? [Assignee, recipient] : [Assignee];
        if (context.FindConversation(conversation) is { } started && named.FirstOrDefault(p => !started.Has(p)) is { } stranger)
            throw ConversationRules.NotParticipant(started, stranger);
        if (context.ResumedBy is null)
            ConversationRules.ThrowIfOutOfTurn(context.FindConversation(conversation), Inputs.NotBlank(Sender) ?? Utterance.Orchestrator, Assignee, Inputs.NotBlank(Recipient));
        // Before anybody is asked what no answer could fit.
        PersonAnswer.ThrowIfUnusable(Schema);

        var wait = new Wait(context, conversation, Inputs.NotBlank(Deadline) is { } deadline ? WaitTimes.ReadDeadline(deadline, nameof(Deadline), context.StartedAt) : null, Inputs.NotBlank(Reminder) is { } interval ? WaitTimes.ReadSpan(interval, nameof(Reminder)) : null);
        return ValueTask.FromResult(context.ResumedBy switch
        {
            null => Ask(wait, Utterance.Question, Question, problem: null),
            { IsTimer: true, Name: DeadlineTimer } => TimeOut(wait),
            { IsTimer: true } => Ask(wait, Utterance.Reminder, $"Reminder: {Question}", problem: null),
            { Input: var input } => Take(wait, input),
        });
    }

    private ActivityResult Ask(Wait wait, string kind, string text, string? problem)
    {
        var question = new PersonQuestion
        {
            Assignee = Assignee,
            Question = Question,
            Conversation = wait.Conversation,
            Sender = Inputs.NotBlank(Sender) ?? Utterance.Orchestrator,
            Schema = Schema.IsNothing() ? null : Schema,
            Deadline = wait.Deadline,
            Default = DefaultAnswer.IsNothing() ? null : DefaultAnswer,
            Problem = problem,
        };
        List<TimerRequest> timers = [];
        if (wait.Deadline is { } deadline)
            timers.Add(new(DeadlineTimer, deadline));
        if (wait.Reminder is { } interval && wait.Context.Time.GetUtcNow() + interval is var next && (wait.Deadline is not { } end || next < end))
            timers.Add(new(ReminderTimer, next));
        return ActivityResult.Wait(
            [new(Bookmark, Values.From(question), Key: Utterance.Question)],
            timers,
            kind == Utterance.Question && AlreadySaid ? [] : [wait.Say(kind, question.Sender, Assignee, text)]);
    }

    // An answer may be given bare, or as { "answer": … } by a door that adds more about it.
    private ActivityResult Take(Wait wait, JsonElement input)
    {
        var answer = input.ValueKind == JsonValueKind.Object && Schema.IsNothing() && input.TryGetProperty("answer", out var inner) ? inner : input;
        if (answer.IsNothing() || answer.ToText().Length == 0)
            return Ask(wait, Utterance.Reminder, $"That was no answer. {Question}", "An answer must not be empty.");
        if (PersonAnswer.Misfit(answer, Schema) is { } problem)
            return Ask(wait, Utterance.Reminder, $"The answer does not fit: {problem} {Question}", problem);

        (Answer, Reply, IsDefault) = (answer, answer.ToText(), false);
        return ActivityResult.Done(wait.Say(Utterance.Answer, Assignee, Inputs.NotBlank(Recipient), Reply));
    }

    private ActivityResult TimeOut(Wait wait)
    {
        if (DefaultAnswer.IsNothing())
            return ActivityResult.Outcomes(["TimedOut"]);

        (Answer, Reply, IsDefault) = (DefaultAnswer, DefaultAnswer.ToText(), true);
        return ActivityResult.Outcomes(["TimedOut"], wait.Say(Utterance.Answer, Assignee, Inputs.NotBlank(Recipient), Reply));
    }

    private sealed record Wait(ActivityContext Context, string Conversation, DateTimeOffset? Deadline, TimeSpan? Reminder)
    {
        public MessageChange Say(string kind, string sender, string? recipient, string text) => Utterance.Of(Context, kind, Conversation, kind, sender, recipient, text);
    }
}
