using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Prompts;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>
/// An agent speaks once: it is told something, with the history it may see, its model answers, and both sides are recorded. The
/// model's answer is committed when it lands: no later attempt of this turn asks, or pays, again.
/// </summary>
[Activity(
    "LlmOrc.AgentTurn", Category = "Agents", HasEffect = true, IsMetered = true, Outcomes = ["Done", "Failed"],
    Description = "Tells an agent something and gets its reply; both become messages of a conversation.")]
public sealed class AgentTurnActivity(AgentSettingsFile settings, ChatModels models, PromptTemplates prompts) : IActivity
{
    /// <summary>The setting of a run that overrides the model of all its agents; the command line's <c>--model</c> sets it.</summary>
    public const string ModelSetting = "model";

    /// <summary>Longest wait that a provider may ask for between two attempts of a turn; one that asks for more is not waited for, and the turn fails.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(24);

    /// <summary>Attempts of a turn, after which a provider that still asks to wait has failed.</summary>
    public const int MaxPausedAttempts = 10;

    private const string MainConversation = "main";
    private const string Orchestrator = "orchestrator";

    [Input(Description = "Name of an agent in llm-orc.json.")]
    public required string Agent { get; init; }

    [Input(Description = "Name of a template for what the agent is told, e.g. pr-review/review. Either this or Prompt.")]
    public string? Template { get; init; }

    [Input(Description = "What the agent is told, as a text. Either this or Template.", UIHint = "multiline")]
    public string? Prompt { get; init; }

    [Input(Description = "An object; its properties are the template's variables.", DefaultSyntax = "JavaScript")]
    public JsonElement Arguments { get; init; }

    [Input(Description = "The conversation the turn belongs to.", DefaultValue = MainConversation)]
    public string? Conversation { get; init; }

    [Input(Description = "Who tells the agent.", DefaultValue = Orchestrator)]
    public string? Sender { get; init; }

    [Input(Description = "Whom the reply is for; empty: everybody.")]
    public string? Recipient { get; init; }

    [Input(Description = "A model profile, or provider/model; empty: the agent's own.")]
    public string? Model { get; init; }

    [Input(
        Description = "What of the conversation the agent is shown: none; own (what it said and was told); all.",
        UIHint = "dropdown", Options = ["none", "own", "all"], DefaultValue = "own")]
    public string? History { get; init; }

    [Input(
        Description = "What a failed turn does: fault (the run stops and can be resumed), or continue (outcome Failed).",
        UIHint = "dropdown", Options = ["fault", "continue"], DefaultValue = "fault")]
    public string? OnFailure { get; init; }

    [Output(Description = "What the agent said.")]
    public string? Reply { get; private set; }

    [Output(Description = "Why there is no reply; only with outcome Failed.")]
    public Failure? Failure { get; private set; }

    [Output(Description = "Model, tokens, cost, and the versions of agent and template.")]
    public AgentTurnUsage? Usage { get; private set; }

    [Output(Description = "The agent's role: its name and context.")]
    public AgentRole? Role { get; private set; }

    public async ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var continues = Choose(OnFailure, nameof(OnFailure), "fault", "continue") == "continue";
        try
        {
            return await SpeakAsync(context, cancellationToken);
        }
        catch (FailureException exception) when (PauseAfter(exception, context.Attempt) is { } pause)
        {
            return ActivityResult.RetryAfter(pause, exception.Failure);
        }
        catch (FailureException exception) when (continues)
        {
            Failure = exception.Failure;
            return ActivityResult.Outcomes(["Failed"]);
        }
        catch (FailureException exception)
        {
            return ActivityResult.Fail(exception.Failure.WithAdvice($"Then go on with `llm-orc resume {context.InstanceId}`."));
        }
    }

    private async ValueTask<ActivityResult> SpeakAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var configured = await settings.ReadAsync(cancellationToken);
        var agent = configured.FindAgent(Agent);
        Role = new(agent.Role.Name, agent.Role.Context.IsNothing() ? Values.EmptyObject : agent.Role.Context);
        var profile = configured.FindModel(context.Settings.GetValueOrDefault(ModelSetting) ?? NotBlank(Model) ?? agent.Model);
        var prompt = Tell(cancellationToken);
        var history = Enum.Parse<TurnHistory>(Choose(History, nameof(History), "own", "none", "all"), ignoreCase: true);
        var past = await AgentView.ReadAsync(context, NotBlank(Conversation) ?? MainConversation, Agent, history, cancellationToken);
        var request = new ChatRequest { System = agent.Role.ToSystemMessage(), Messages = [.. past, new(ChatSpeaker.User, prompt.Text)] };

        var turn = await context.CallAsync(
            "reply",
            new CallTarget(Agent, profile.Provider, profile.Model, request.Hash(profile)),
            async token => Outcome(await models.RespondAsync(profile, request, context.Report, token), prompt, agent),
            cancellationToken);

        Reply = turn.Reply;
        Usage = turn.Usage;
        return ActivityResult.Done(
            Message(context, "prompt", NotBlank(Sender) ?? Orchestrator, Agent, turn.Prompt),
            Message(context, "reply", Agent, NotBlank(Recipient), turn.Reply));
    }

    // Too long to wait with a call in flight: a timer that outlives this process brings the next attempt.
    private static TimeSpan? PauseAfter(FailureException exception, int attempt) =>
        exception.InnerException is ProviderException { IsTransient: true, RetryAfter: { } wait } && wait > ChatModels.LongestWait && wait <= LongestPause && attempt < MaxPausedAttempts
            ? wait
            : null;

    private RenderedPrompt Tell(CancellationToken cancellationToken) => (NotBlank(Template), NotBlank(Prompt)) switch
    {
        ({ } template, null) => prompts.Render(template, Arguments, cancellationToken),
        (null, { } text) => new(text, "", ""),
        (null, null) => throw Invalid($"The turn of '{Agent}' has neither a Template nor a Prompt: it needs one of them."),
        _ => throw Invalid($"The turn of '{Agent}' has both a Template and a Prompt: it needs one of them."),
    };

    private static CallOutcome<AgentTurnRecord> Outcome(ChatReply reply, RenderedPrompt prompt, AgentDefinition agent)
    {
        var usage = new AgentTurnUsage
        {
            Provider = reply.Provider,
            Model = reply.Model,
            PromptTokens = reply.PromptTokens,
            CompletionTokens = reply.CompletionTokens,
            Cost = reply.Cost,
            FinishReason = reply.FinishReason,
            Calls = reply.Attempts,
            AgentHash = agent.Hash,
            Template = NotBlank(prompt.Template),
            TemplateHash = NotBlank(prompt.TemplateHash),
        };
        return new(new() { Prompt = prompt.Text, Reply = reply.Text, Usage = usage }, reply.PromptTokens, reply.CompletionTokens, reply.Cost, reply.Provider, reply.Model);
    }

    // The ids are the same in every attempt: a repeat cannot be recorded twice.
    private MessageChange Message(ActivityContext context, string kind, string sender, string? recipient, string content) => new(new()
    {
        Id = $"{context.IdempotencyKey}/{kind}",
        ConversationId = NotBlank(Conversation) ?? MainConversation,
        Sender = sender,
        Recipient = recipient,
        Content = content,
        Kind = kind,
        Time = context.Time.GetUtcNow(),
        ExecutionId = context.ExecutionId,
    });

    private static string Choose(string? value, string input, string standard, params string[] others)
    {
        var chosen = NotBlank(value)?.Trim().ToLowerInvariant() ?? standard;
        return chosen == standard || others.Contains(chosen)
            ? chosen
            : throw Invalid($"{input} is '{value}'; it may be {string.Join(", ", others.Prepend(standard))}.");
    }

    // Designers store an input that was emptied as an empty text.
    private static string? NotBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static FailureException Invalid(string message) => new(new() { Type = "InputInvalid", Message = message });
}

/// <summary>Who spoke: the name of the role, and its context as the settings have it.</summary>
public sealed record AgentRole(
    [property: System.Text.Json.Serialization.JsonPropertyName("name")] string Name,
    [property: System.Text.Json.Serialization.JsonPropertyName("context")] JsonElement Context);
