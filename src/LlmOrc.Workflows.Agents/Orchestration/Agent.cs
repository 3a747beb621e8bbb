using System.Text.Json;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// An agent from code: a role, the model that plays it, and a conversation of its own. It is known to a host, its workflows and its
/// conversations from the moment it is registered: at a <see cref="ConversationOrchestrator"/>, a <see cref="PullRequestReview"/>, …
/// </summary>
public sealed class Agent
{
    /// <summary>Who speaks to an agent through <see cref="RespondAsync"/>.</summary>
    public const string User = "user";

    private readonly Lock _starting = new();
    private ConversationOrchestrator? _home;
    private Task<string>? _conversation;

    /// <param name="name">Names it in conversations; one word is best, as models are told it.</param>
    /// <param name="model">The default is the profile <c>default</c> of the host's settings.</param>
    public Agent(string name, RoleDefinition role, AgentModel? model = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(role);
        (Name, Role, Model) = (name, role, model ?? new ProfileModel("default"));
        Definition = new()
        {
            Name = name,
            Role = role,
            Model = Model.Reference,
            OwnModel = Model,
            // No key is part of it: it is kept with every turn.
            Hash = ContentHash.Of(JsonSerializer.SerializeToUtf8Bytes(
                new { name, role = role.Name, role.Prompt, Context = Values.From(role.Context), Model.Reference, Model.Endpoint, Model.Temperature, Model.MaxOutputTokens }, Values.Json)),
        };
    }

    public string Name { get; }

    public RoleDefinition Role { get; }

    public AgentModel Model { get; }

    /// <summary>
    /// The conversation of <see cref="RespondAsync"/>; null before its first message. Keep it, and give it to <see cref="Remember"/> of the
    /// same agent after a restart.
    /// </summary>
    public string? ConversationId => _conversation is { IsCompletedSuccessfully: true } started ? started.Result : null;

    internal AgentDefinition Definition { get; }

    /// <summary>An agent that reviews changes with one specialty, called <c>{specialty}_reviewer</c>.</summary>
    /// <param name="specialty">E.g. <c>code_quality</c>.</param>
    /// <param name="model">The default is <c>llama3</c> by Ollama.</param>
    public static Agent CreateReviewer(string specialty, AgentModel? model = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(specialty);
        var name = $"{specialty}_reviewer";
        var role = new RoleDefinition(name, $"You are a {specialty.Replace('_', ' ')} specialist providing expert review feedback.", new { specialties = new[] { specialty } });
        return new(name, role, model ?? new OllamaModel("llama3"));
    }

    /// <summary>
    /// Says something to the agent and returns its reply. The agent is sent what was said between the two before; all of it is durable and
    /// survives the process. Messages at once are taken one after the other.
    /// </summary>
    /// <exception cref="InvalidOperationException">The agent is not registered, or is called <see cref="User"/>.</exception>
    /// <exception cref="RunFailedException">Its model did not answer; the message says what to do. The message may be sent again.</exception>
    public async Task<string> RespondAsync(string message, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(message);
        if (Name == User)
            throw new InvalidOperationException($"An agent called '{User}' cannot be told from who speaks to it: give it another name.");
        var home = _home ?? throw new InvalidOperationException(
            $"The agent '{Name}' is not registered anywhere: register it with {nameof(ConversationOrchestrator)}.{nameof(ConversationOrchestrator.RegisterAgent)} first.");

        return await home.SendAgentMessageAsync(User, Name, message, await FindConversationAsync(home).WaitAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Goes on with a conversation of this agent that another process, or another object, had.</summary>
    /// <param name="conversationId">What <see cref="ConversationId"/> was there.</param>
    /// <exception cref="InvalidOperationException">The agent has another conversation already.</exception>
    public void Remember(string conversationId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(conversationId);
        lock (_starting)
        {
            if (_conversation is not null && ConversationId != conversationId)
                throw new InvalidOperationException($"The agent '{Name}' has the conversation '{ConversationId}' already. Make another object for '{conversationId}'.");
            _conversation = Task.FromResult(conversationId);
        }
    }

    // Started once, whoever speaks first, and whether or not he still waits; one that could not be started is tried again.
    private Task<string> FindConversationAsync(ConversationOrchestrator home)
    {
        lock (_starting)
        {
            if (_conversation is null or { IsCompleted: true, IsCompletedSuccessfully: false })
                _conversation = home.StartConversationAsync([User, Name], "", options: new() { People = [User] });
            return _conversation;
        }
    }

    /// <exception cref="InvalidOperationException">It belongs to another host.</exception>
    internal void Settle(ConversationOrchestrator home)
    {
        if (Interlocked.CompareExchange(ref _home, home, null) is { } known && !known.IsAtHomeWith(home))
            throw new InvalidOperationException($"The agent '{Name}' is registered at another host. Make an object for each host.");
    }
}
