using System.Text;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Prompts;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Agents.Structured;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Lets an agent speak once: it sees its part of the history, is told something, and its model answers, as one metered call.</summary>
public sealed class AgentTurns(AgentSettingsFile settings, ChatModels models)
{
    /// <summary>The setting of a run that overrides the model of all its agents; the command line's <c>--model</c> sets it.</summary>
    public const string ModelSetting = "model";

    /// <summary>Longest wait that a provider may ask for between two attempts of a turn; one that asks for more is not waited for, and the turn fails.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(24);

    /// <summary>Attempts of a turn, after which a provider that still asks to wait has failed.</summary>
    public const int MaxPausedAttempts = 10;

    internal ValueTask<AgentSettings> ReadSettingsAsync(CancellationToken cancellationToken) => settings.ReadAsync(cancellationToken);

    /// <exception cref="FailureException">There is no such agent or model, it takes no part in the conversation, or no attempt brought a reply.</exception>
    internal async Task<AgentTurnRecord> SpeakAsync(ActivityContext context, AgentTurn turn, CancellationToken cancellationToken)
    {
        var configured = await settings.ReadAsync(cancellationToken);
        var agent = configured.FindAgent(turn.Agent);
        var profile = configured.ModelOf(agent, context.Settings.GetValueOrDefault(ModelSetting) ?? turn.Model);
        var conversation = turn.Conversation ?? context.FindConversation(turn.ConversationId);
        if (conversation?.Has(turn.Agent) is false)
            throw ConversationRules.NotParticipant(conversation, turn.Agent);

        var past = await AgentView.ReadAsync(context, turn.ConversationId, turn.Agent, turn.Sender, turn.View, turn.Answered, cancellationToken);
        var request = new ChatRequest { System = System(agent, conversation), Messages = [.. past, .. turn.Unheard, new(ChatSpeaker.User, turn.Prompt.Text)] };
        return turn.Schema is { } schema
            ? await StructuredReply.AskAsync(context, turn.Step, schema, request, AskAsync, cancellationToken)
            : await AskAsync(turn.Step, request);

        ValueTask<AgentTurnRecord> AskAsync(string step, ChatRequest asked) => context.CallAsync(
            step,
            new CallTarget(turn.Agent, profile.Provider, profile.Model, asked.Hash(profile), turn.ReplyId),
            async token => Outcome(await models.RespondAsync(profile, asked, turn.IsOneOfMany ? _ => { } : context.Report, token), turn.Prompt, agent),
            cancellationToken);
    }

    // What the conversation is about is part of who the agent is in it; both are one line each, whatever they hold.
    private static string System(AgentDefinition agent, Conversation? conversation)
    {
        var role = agent.Role.ToSystemMessage();
        if (conversation is null)
            return role;

        var others = conversation.Participants.Where(p => p != agent.Name).Select(p => conversation.People.Contains(p) ? $"{p} (a person)" : p);
        var lines = $"You are {agent.Name} in a conversation with {string.Join(", ", others)}.";
        return string.IsNullOrWhiteSpace(conversation.Topic) ? $"{role}\n\n{lines}" : $"{role}\n\n{lines}\nIts topic: {conversation.Topic.ReplaceLineEndings(" ")}";
    }

    // A reply that a limit cut off may end in half a character, which no store can hold: it becomes what it would be there.
    private static string Whole(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;

    private static CallOutcome<AgentTurnRecord> Outcome(ChatReply reply, RenderedPrompt prompt, AgentDefinition agent)
    {
        var usage = new AgentTurnUsage
        {
            Provider = reply.Provider,
            Model = reply.Model,
            Profile = reply.Profile,
            PromptTokens = reply.PromptTokens,
            CachedPromptTokens = reply.CachedPromptTokens,
            CompletionTokens = reply.CompletionTokens,
            Cost = reply.Cost,
            FinishReason = reply.FinishReason,
            Calls = reply.Attempts,
            AgentHash = agent.Hash,
            Template = string.IsNullOrEmpty(prompt.Template) ? null : prompt.Template,
            TemplateHash = string.IsNullOrEmpty(prompt.TemplateHash) ? null : prompt.TemplateHash,
        };
        return new(new() { Prompt = prompt.Text, Reply = Whole(reply.Text), Usage = usage }, reply.PromptTokens, reply.CompletionTokens, reply.Cost, reply.Provider, reply.Model);
    }
}

/// <summary>What an agent is told, by whom, and what it is shown.</summary>
internal sealed record AgentTurn
{
    /// <summary>Name of its step, unique within the execution.</summary>
    public string Step { get; init; } = "reply";

    public required string Agent { get; init; }

    /// <summary>Who tells it.</summary>
    public required string Sender { get; init; }

    public required string ConversationId { get; init; }

    /// <summary>The conversation, where it is only about to be started.</summary>
    public Conversation? Conversation { get; init; }

    public required RenderedPrompt Prompt { get; init; }

    /// <summary>What it is shown after the transcript, because it is not part of it yet.</summary>
    public IReadOnlyList<ChatTurn> Unheard { get; init; } = [];

    /// <summary>Id of the message that <see cref="Prompt"/> is, where it was said before.</summary>
    public string? Answered { get; init; }

    /// <summary>Whether others speak in the same execution at the same time: then its words are not told as they come, because they would mix.</summary>
    public bool IsOneOfMany { get; init; }

    /// <summary>A model profile, or provider/model; null: the agent's own.</summary>
    public string? Model { get; init; }

    public required HistoryView View { get; init; }

    /// <summary>What the reply must fit; null: words.</summary>
    public JsonSchema? Schema { get; init; }

    /// <summary>Id of the message that the reply becomes.</summary>
    public string? ReplyId { get; init; }
}
