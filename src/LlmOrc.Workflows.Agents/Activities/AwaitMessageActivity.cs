using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// Waits, for weeks if need be, until somebody says something in a conversation or ends it. It takes the message and says nothing itself:
/// what follows it tells the recipient.
/// </summary>
[Activity(
    "LlmOrc.AwaitMessage", Category = "Conversations", DisplayName = "Await Message", Outcomes = ["Message", "Broadcast", "End"],
    Description = "Waits for the next message of a participant, to one (outcome Message) or to all (Broadcast), or for the end.")]
public sealed class AwaitMessageActivity : IActivity
{
    /// <summary>Name of the bookmark it waits at; its payload is an <see cref="OpenConversation"/>, its input a <see cref="SpokenMessage"/>.</summary>
    public const string Bookmark = "Message";

    [Input(Description = "The conversation, which was started.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Output(Description = "Who speaks.")]
    public string? Sender { get; private set; }

    [Output(Description = "Who is spoken to; empty: all.")]
    public string? Recipient { get; private set; }

    [Output(Description = "What is said.")]
    public string? Content { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var conversation = ConversationRules.Find(context, Inputs.NotBlank(Conversation) ?? Utterance.MainConversation);
        return ValueTask.FromResult(context.ResumedBy is { } resumption ? Take(conversation, resumption.Input) : Wait(conversation, problem: null));
    }

    // The same key each time: whoever sent what could not be taken holds the bookmark still.
    private static ActivityResult Wait(Conversation conversation, string? problem) =>
        ActivityResult.Wait([new(Bookmark, Values.From(OpenConversation.Of(conversation, problem)), Key: Utterance.Message)]);

    private ActivityResult Take(Conversation conversation, JsonElement input)
    {
        if (Read(input) is not { } message)
            return Wait(conversation, "A message is an object with sender, recipient (or none: to all) and content.");
        if (message.IsEnd)
            return ActivityResult.Outcomes(["End"]);
        if (Problem(conversation, message) is { } problem)
            return Wait(conversation, problem);

        (Sender, Recipient, Content) = (message.Sender, Inputs.NotBlank(message.Recipient), message.Content);
        return ActivityResult.Outcomes([Recipient is null ? "Broadcast" : "Message"]);
    }

    private static SpokenMessage? Read(JsonElement input)
    {
        try
        {
            return input.ValueKind == JsonValueKind.Object ? input.Deserialize<SpokenMessage>(Values.Json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Problem(Conversation conversation, SpokenMessage message)
    {
        if (string.IsNullOrWhiteSpace(message.Content))
            return "A message must not be empty.";
        try
        {
            ConversationRules.ThrowIfSilent(conversation, message.Sender ?? "", Inputs.NotBlank(message.Recipient) is { } recipient ? [recipient] : []);
            return null;
        }
        catch (FailureException exception)
        {
            return exception.Failure.Message;
        }
    }
}
