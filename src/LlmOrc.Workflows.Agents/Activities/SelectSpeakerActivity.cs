using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// Chooses who speaks next: the one after who spoke last, or whom an agent chooses. Only the allowed are chosen, whatever the model
/// says: it is asked once more, and after that it is the next in order.
/// </summary>
[Activity(
    "LlmOrc.SelectSpeaker", Category = "Conversations", DisplayName = "Select Speaker", HasEffect = true,
    Description = "Chooses the next speaker of a conversation: in order, or by an agent's choice among the allowed.")]
public sealed class SelectSpeakerActivity(AgentTurns turns) : IActivity
{
    private enum Way
    {
        RoundRobin,
        Model,
    }

    [Input(Description = "The conversation, which was started.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "round-robin (in order), or model (an agent chooses).", UIHint = "dropdown", Options = ["round-robin", "model"], DefaultValue = "round-robin")]
    public string? By { get; init; }

    [Input(Description = "Who may be chosen, a list; empty: all participants but the selector.", UIHint = "json-editor", DefaultSyntax = "Object")]
    public IReadOnlyList<string>? Allowed { get; init; }

    [Input(Description = "The agent that chooses, with By = model; it need not take part.")]
    public string? Selector { get; init; }

    [Output(Description = "Who speaks next.")]
    public string? Speaker { get; private set; }

    [Output(Description = "How it was chosen: round-robin, model, or fallback (the model named nobody who is allowed).")]
    public string? ChosenBy { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return FailedTurn.SettleAsync(context, OnFailure.Fault, () => SelectAsync(context, cancellationToken));
    }

    private async Task<ActivityResult> SelectAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var conversation = ConversationRules.Find(context, Inputs.NotBlank(Conversation) ?? Utterance.MainConversation);
        var way = Inputs.Choose(By, nameof(By), Way.RoundRobin);
        if (way == Way.Model && Inputs.NotBlank(Selector) is null)
            throw Inputs.Invalid("By is model, and no Selector is named: it is the agent that chooses.");
        var allowed = Allowed is { Count: > 0 } ? Allowed : [.. conversation.Participants.Where(p => p != Selector)];
        if (allowed.FirstOrDefault(a => !conversation.Has(a)) is { } stranger)
            throw ConversationRules.NotParticipant(conversation, stranger);
        if (allowed.Count == 0)
            throw Inputs.Invalid($"Nobody in the conversation '{conversation.Id}' may be chosen.");

        var messages = new List<TranscriptMessage>();
        await foreach (var message in context.ReadMessagesAsync(conversation.Id, cancellationToken))
            messages.Add(message);
        var next = Next(messages, allowed);
        (Speaker, ChosenBy) = way == Way.Model && allowed.Count > 1 && await ChooseAsync(context, conversation, allowed, messages, cancellationToken) is { } chosen
            ? (chosen, "model")
            : (next, way == Way.Model && allowed.Count > 1 ? "fallback" : "round-robin");
        return ActivityResult.Done();
    }

    private static string Next(List<TranscriptMessage> messages, IReadOnlyList<string> allowed)
    {
        var order = allowed.ToList();
        var last = messages.FindLast(m => order.Contains(m.Sender));
        return order[(last is null ? 0 : order.IndexOf(last.Sender) + 1) % order.Count];
    }

    private async Task<string?> ChooseAsync(
        ActivityContext context, Conversation conversation, IReadOnlyList<string> allowed, List<TranscriptMessage> messages, CancellationToken cancellationToken)
    {
        var question = $"Who should speak next? Choose the one who can add most now. Answer with one of these names and nothing else: {string.Join(", ", allowed)}";
        var heard = messages.Where(m => m.Recipient is null).Select(m => $"[{m.Sender} to all]\n{m.Content}").ToArray();
        List<ChatTurn> unheard = [.. heard.Skip(Tokens.CountToLeaveOut(heard, HistoryView.StandardMaxTokens)).Select(text => new ChatTurn(ChatSpeaker.User, text))];
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var turn = await turns.SpeakAsync(
                context,
                new()
                {
                    Step = $"choice/{attempt}",
                    Agent = Selector!,
                    Sender = Utterance.Orchestrator,
                    // It looks on from outside: the others hear neither the question nor the choice.
                    ConversationId = $"{conversation.Id}/selection",
                    Prompt = new(question, "", ""),
                    Unheard = unheard,
                    View = new(HistoryKind.None),
                },
                cancellationToken);
            if (Named(turn.Reply, allowed) is { } chosen)
                return chosen;

            unheard.AddRange([new(ChatSpeaker.User, question), new(ChatSpeaker.Assistant, turn.Reply)]);
            question = $"That does not name exactly one of them. Answer with one name and nothing else: {string.Join(", ", allowed)}";
        }

        return null;
    }

    // The name alone, or the only one of the names that is mentioned.
    private static string? Named(string reply, IReadOnlyList<string> allowed)
    {
        var text = reply.Trim().Trim('.', '"', '\'', '*', '`', ':').Trim();
        if (allowed.FirstOrDefault(a => string.Equals(a, text, StringComparison.OrdinalIgnoreCase)) is { } exact)
            return exact;

        var words = new string([.. reply.Select(c => char.IsLetterOrDigit(c) || c is '_' or '-' ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] mentioned = [.. allowed.Where(a => words.Contains(a, StringComparer.OrdinalIgnoreCase))];
        return mentioned is [var only] ? only : null;
    }
}
