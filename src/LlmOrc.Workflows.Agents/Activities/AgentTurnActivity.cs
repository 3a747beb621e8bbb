using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Agents.Prompts;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Agents.Structured;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// An agent speaks once: it is told something, with the history it may see, its model answers, and both sides are recorded. The
/// model's answer is committed when it lands: no later attempt of this turn asks, or pays, again.
/// </summary>
[Activity(
    TypeName, Category = "Agents", HasEffect = true, IsMetered = true, Outcomes = ["Done", "Failed"],
    Description = "Tells an agent something and gets its reply; both become messages of a conversation.")]
public sealed class AgentTurnActivity(AgentTurns turns, AgentSettingsFile settings, PromptTemplates prompts) : IActivity
{
    public const string TypeName = "LlmOrc.AgentTurn";

    [Input(Description = "Name of an agent in llm-orc.json.")]
    public required string Agent { get; init; }

    [Input(Description = "Name of a template for what the agent is told, e.g. pr-review/review. Either this or Prompt.")]
    public string? Template { get; init; }

    [Input(Description = "What the agent is told, as a text. Either this or Template.", UIHint = "multiline")]
    public string? Prompt { get; init; }

    [Input(Description = "An object; its properties are the template's variables.", DefaultSyntax = "JavaScript")]
    public JsonElement Arguments { get; init; }

    [Input(Description = "The conversation the turn belongs to.", DefaultValue = Utterance.MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "Who tells the agent.", DefaultValue = Utterance.Orchestrator)]
    public string? Sender { get; init; }

    [Input(Description = "Whom the reply is for; empty: everybody.")]
    public string? Recipient { get; init; }

    [Input(Description = "A model profile, or provider/model; empty: the agent's own.")]
    public string? Model { get; init; }

    [Input(
        Description = "What of the conversation the agent is shown: none; own (what it said and was told); directed (what it and the sender said to each other); all (what it could hear).",
        UIHint = "dropdown", Options = ["none", "own", "directed", "all"], DefaultValue = "own")]
    public string? History { get; init; }

    [Input(Description = "Only so many of the newest messages of the history; empty: all that fit.")]
    public int? HistoryLast { get; init; }

    [Input(Description = "As many of the newest messages of the history as have so many tokens together. Role, context and prompt come on top, and are not counted.", DefaultValue = HistoryView.StandardMaxTokens)]
    public int? HistoryTokens { get; init; }

    [Input(
        Description = "What a failed turn does: fault (the run stops and can be resumed), or continue (outcome Failed).",
        UIHint = "dropdown", Options = ["fault", "continue"], DefaultValue = "fault")]
    public string? OnFailure { get; init; }

    [Input(Description = "JSON schema, an object, that the reply must fit; empty: a reply in words. A reply that does not fit is asked for once more.", DefaultSyntax = "Object")]
    public JsonElement Schema { get; init; }

    [Output(Description = "What the agent said.")]
    public string? Reply { get; private set; }

    [Output(Description = "The reply as an object; only with a Schema.")]
    public JsonElement? Data { get; private set; }

    [Output(Description = "Why there is no reply; only with outcome Failed.")]
    public Failure? Failure { get; private set; }

    [Output(Description = "Model, tokens, cost, and the versions of agent and template.")]
    public AgentTurnUsage? Usage { get; private set; }

    [Output(Description = "The agent's role: its name and context.")]
    public AgentRole? Role { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var onFailure = Inputs.Choose(OnFailure, nameof(OnFailure), Conversations.OnFailure.Fault);
        return FailedTurn.SettleAsync(context, onFailure, () => SpeakAsync(context, cancellationToken), failure => Failure = failure);
    }

    private async Task<ActivityResult> SpeakAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var role = (await settings.ReadAsync(cancellationToken)).FindAgent(Agent).Role;
        Role = new(role.Name, role.Context.IsNothing() ? Values.EmptyObject : role.Context);
        var (conversation, sender) = (Inputs.NotBlank(Conversation) ?? Utterance.MainConversation, Inputs.NotBlank(Sender) ?? Utterance.Orchestrator);

        ConversationRules.ThrowIfOutOfTurn(context.FindConversation(conversation), sender, Agent, Inputs.NotBlank(Recipient));

        var turn = await turns.SpeakAsync(
            context,
            new()
            {
                Agent = Agent,
                Sender = sender,
                ConversationId = conversation,
                Prompt = Tell(cancellationToken),
                Model = Inputs.NotBlank(Model),
                View = HistoryView.Read(History, HistoryKind.Own, HistoryLast, HistoryTokens),
                ReplyId = Utterance.Id(context, Utterance.Reply),
                Schema = JsonSchema.ReadInput(Schema),
            },
            cancellationToken);

        Reply = turn.Reply;
        Data = turn.Data.IsNothing() ? null : turn.Data;
        Usage = turn.Usage;
        return ActivityResult.Done(
            Utterance.Of(context, Utterance.Prompt, conversation, Utterance.Prompt, sender, Agent, turn.Prompt),
            Utterance.Of(context, Utterance.Reply, conversation, Utterance.Reply, Agent, Inputs.NotBlank(Recipient), turn.Reply));
    }

    private RenderedPrompt Tell(CancellationToken cancellationToken) => (Inputs.NotBlank(Template), Inputs.NotBlank(Prompt)) switch
    {
        ({ } template, null) => prompts.Render(template, Arguments, cancellationToken),
        (null, { } text) => new(text, "", ""),
        (null, null) => throw Inputs.Invalid($"The turn of '{Agent}' has neither a Template nor a Prompt: it needs one of them."),
        _ => throw Inputs.Invalid($"The turn of '{Agent}' has both a Template and a Prompt: it needs one of them."),
    };
}

/// <summary>Who spoke: the name of the role, and its context as the settings have it.</summary>
public sealed record AgentRole(
    [property: System.Text.Json.Serialization.JsonPropertyName("name")] string Name,
    [property: System.Text.Json.Serialization.JsonPropertyName("context")] JsonElement Context);
