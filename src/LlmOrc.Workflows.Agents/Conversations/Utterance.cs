using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Makes the messages that an activity adds to a conversation. Their ids are the same in every attempt: a repeat cannot be recorded twice.</summary>
internal static class Utterance
{
    public const string Prompt = "prompt";
    public const string Reply = "reply";
    public const string Message = "message";
    public const string Question = "question";
    public const string Reminder = "reminder";
    public const string Answer = "answer";

    /// <summary>Who tells an agent where nobody else does.</summary>
    public const string Orchestrator = "orchestrator";

    /// <summary>The conversation of activities that name none.</summary>
    public const string MainConversation = "main";

    /// <param name="name">Tells the messages of one execution apart.</param>
    public static string Id(ActivityContext context, string name) => $"{context.IdempotencyKey}/{name}";

    public static MessageChange Of(ActivityContext context, string name, string conversation, string kind, string sender, string? recipient, string content) => new(new()
    {
        Id = Id(context, name),
        ConversationId = conversation,
        Sender = sender,
        Recipient = recipient,
        Content = content,
        Kind = kind,
        Time = context.Time.GetUtcNow(),
        ExecutionId = context.ExecutionId,
    });
}

/// <summary>Inputs as designers store them: one that was emptied is an empty text.</summary>
internal static class Inputs
{
    public static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <exception cref="FailureException">The value is none of the choices.</exception>
    public static T Choose<T>(string? value, string input, T standard)
        where T : struct, Enum
    {
        if (NotBlank(value) is not { } given)
            return standard;
        return Enum.TryParse<T>(given.Trim().Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var chosen) && Enum.IsDefined(chosen)
            ? chosen
            : throw Invalid($"{input} is '{value}'; it may be {string.Join(", ", Enum.GetNames<T>().Select(n => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(n)))}.");
    }

    public static FailureException Invalid(string message) => ConversationRules.Mistaken("InputInvalid", message);
}
