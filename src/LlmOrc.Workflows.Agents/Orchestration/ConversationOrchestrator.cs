using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// Conversations between agents, led from code. Each is an instance of the delivered workflow <c>conversation</c>, and its id is the
/// instance's: what was said is in the store when a method returns, and any process with the same store and the same agents goes on with
/// it. All methods may be called concurrently; within one conversation messages are taken one after the other.
/// </summary>
public sealed class ConversationOrchestrator(
    IWorkflowRuntime runtime, IInstanceQueries queries, RegisteredAgents agents, AgentSettingsFile settings, WorkflowDocuments documents)
{
    private const string DefinitionName = "conversation";

    private const int HistoryPage = 500;

    // What it waits at is among the last things that happened.
    private const int TailEntries = 32;

    private static readonly string[] AnswerOutputs = ["reply", "failure", "replies", "failed"];

    /// <summary>Makes an agent known to this host: to all its conversations and workflows, beside those of <c>llm-orc.json</c>.</summary>
    /// <exception cref="ArgumentException">Another agent has the name.</exception>
    /// <exception cref="InvalidOperationException">The agent belongs to another host.</exception>
    public void RegisterAgent(Agent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        agents.Add(agent);
        agent.Settle(this);
    }

    /// <summary>Starts a conversation; every agent in it is told the topic and who else is there.</summary>
    /// <param name="participants">Names of agents, registered or of <c>llm-orc.json</c>, and of people.</param>
    /// <param name="initialMessage">What the first participant says to the second, who answers; the reply is in the history. The default is nothing.</param>
    /// <param name="options">The default is a conversation of agents who may speak at any time.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ArgumentException">A participant is unknown, or is named twice; the message names all such and lists the agents there are.</exception>
    /// <exception cref="RunFailedException">The initial message was not answered; the next message tries it again.</exception>
    public async Task<string> StartConversationAsync(
        IReadOnlyList<string> participants, string topic, string? initialMessage = null, ConversationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(participants);
        ArgumentNullException.ThrowIfNull(topic);
        options ??= new();
        if (participants.Count == 0)
            throw new ArgumentException("A conversation has participants: name agents.", nameof(participants));
        if (initialMessage is not null && participants.Count < 2)
            throw new ArgumentException("An initial message goes from the first participant to the second: name two.", nameof(initialMessage));
        if (ConversationRules.FindMistakes(participants, options.People, mayBeMore: false).ToArray() is { Length: > 0 } mistakes)
            throw new ArgumentException(string.Join(" ", mistakes), nameof(participants));
        await ThrowIfUnknownAsync(participants.Except(options.People), cancellationToken);

        var input = new Dictionary<string, JsonElement>
        {
            ["participants"] = Values.From(participants),
            ["people"] = Values.From(options.People),
            ["topic"] = Values.From(topic),
            ["initialMessage"] = Values.From(initialMessage),
            ["turnTaking"] = Values.From(options.TurnTaking),
            ["history"] = Values.From(options.History),
            ["historyLast"] = Values.From(options.HistoryLast),
            ["historyTokens"] = Values.From(options.HistoryTokens),
        };
        var row = await runtime.StartAsync(new() { Document = await documents.ReadAsync(DefinitionName, cancellationToken), Input = input, Name = topic.Length > 0 ? topic : null }, cancellationToken);
        await FindPlaceAsync(row.Key.InstanceId, cancellationToken);
        return row.Key.InstanceId;
    }

    /// <summary>One participant says something to another, who answers and has heard what he could hear of the conversation before. Both sides are recorded.</summary>
    /// <returns>The reply; empty where the recipient is a person.</returns>
    /// <exception cref="ArgumentException">There is no such conversation, or somebody takes no part in it.</exception>
    /// <exception cref="InvalidOperationException">The conversation has ended, or it is somebody else's turn.</exception>
    /// <exception cref="RunFailedException">The recipient did not answer; nothing of this exchange is in the history, and it may be sent again.</exception>
    public async Task<string> SendAgentMessageAsync(string sender, string recipient, string content, string conversationId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(recipient);
        var answer = await SayAsync(conversationId, sender, recipient, content, cancellationToken);
        if (answer.TryGetValue("failure", out var failure) && !failure.IsNothing())
            throw new RunFailedException(conversationId, failure.Deserialize<Failure>()!);
        return answer.GetValueOrDefault("reply").ToText();
    }

    /// <summary>One participant says something to all; the agents among the others answer at once, each without having heard the others' answers.</summary>
    /// <exception cref="ArgumentException">There is no such conversation, or the sender takes no part in it.</exception>
    /// <exception cref="InvalidOperationException">The conversation has ended, or it is somebody else's turn.</exception>
    /// <exception cref="RunFailedException">The conversation stopped.</exception>
    public async Task<BroadcastResult> BroadcastAsync(string sender, string content, string conversationId, CancellationToken cancellationToken = default)
    {
        var answer = await SayAsync(conversationId, sender, recipient: null, content, cancellationToken);
        return new(List<BroadcastReply>("replies"), List<BroadcastFailure>("failed"));

        IReadOnlyList<T> List<T>(string output) => answer.TryGetValue(output, out var value) && !value.IsNothing() ? value.Deserialize<IReadOnlyList<T>>()! : [];
    }

    /// <summary>What was said, oldest first.</summary>
    /// <param name="conversationId">The id of a conversation; that of a review, a brainstorming or any other run works too, and gives all that was said in it.</param>
    /// <exception cref="ArgumentException">There is no such conversation.</exception>
    public async Task<IReadOnlyList<TranscriptMessage>> GetHistoryAsync(string conversationId, CancellationToken cancellationToken = default)
    {
        var key = (await FindAsync(conversationId, cancellationToken)).Key;
        var messages = new List<TranscriptMessage>();
        while (true)
        {
            var next = messages.Count == 0 ? 1 : messages[^1].Sequence + 1;
            var page = await AskAsync(conversationId, () => queries.ReadMessagesAsync(key, null, next, HistoryPage, cancellationToken));
            messages.AddRange(page);
            if (page.Count < HistoryPage)
                return messages;
        }
    }

    /// <summary>Ends a conversation; its history stays. One that has ended is left as it is.</summary>
    /// <exception cref="ArgumentException">There is no such conversation.</exception>
    public async Task EndConversationAsync(string conversationId, CancellationToken cancellationToken = default)
    {
        while ((await FindConversationAsync(conversationId, cancellationToken)).Status != InstanceStatus.Finished)
        {
            var place = await FindPlaceAsync(conversationId, cancellationToken);
            if (await runtime.ResumeAsync(new(place.BookmarkId, Values.From(new SpokenMessage { IsEnd = true })), cancellationToken) == ResumeResult.Accepted)
                await runtime.WaitAsync(conversationId, cancellationToken: cancellationToken);
        }
    }

    internal bool IsAtHomeWith(ConversationOrchestrator other) => ReferenceEquals(agents, other.Agents);

    private RegisteredAgents Agents => agents;

    private async Task ThrowIfUnknownAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var known = (await settings.ReadAsync(cancellationToken)).Agents.Keys.Order(StringComparer.Ordinal).ToArray();
        string[] unknown = [.. names.Except(known)];
        if (unknown.Length == 0)
            return;
        var meant = unknown.SelectMany(u => Similarity.Closest(u, known, 1)).Distinct().ToArray() is { Length: > 0 } similar ? $" Did you mean {string.Join(", ", similar.Select(s => $"'{s}'"))}?" : "";
        throw new ArgumentException(
            $"There {(unknown.Length == 1 ? "is no agent" : "are no agents")} {string.Join(", ", unknown.Select(u => $"'{u}'"))}.{meant} Agents: {(known.Length == 0 ? "none" : string.Join(", ", known))}. "
                + $"Register one with {nameof(RegisterAgent)}, or write it into llm-orc.json; name people in {nameof(ConversationOptions)}.{nameof(ConversationOptions.People)}.",
            nameof(names));
    }

    // Of any number of messages at once one is taken; the others find the next place to wait at.
    private async Task<IReadOnlyDictionary<string, JsonElement>> SayAsync(string conversationId, string sender, string? recipient, string content, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sender);
        ArgumentException.ThrowIfNullOrWhiteSpace(content);
        var message = Values.From(new SpokenMessage { Sender = sender, Recipient = recipient, Content = content });
        var stimulusId = Guid.CreateVersion7().ToString("n");
        while (true)
        {
            var place = await FindPlaceAsync(conversationId, cancellationToken);
            ThrowIfSilent(place.Conversation, conversationId, sender, recipient);
            if (await runtime.ResumeAsync(new(place.BookmarkId, message, stimulusId), cancellationToken) == ResumeResult.Accepted)
                return await ReadAnswerAsync(conversationId, place.Sequence + 1, stimulusId, cancellationToken);
        }
    }

    private static void ThrowIfSilent(OpenConversation conversation, string conversationId, string sender, string? recipient)
    {
        foreach (var name in (string?[])[sender, recipient])
        {
            if (name is not null && !conversation.Participants.Contains(name))
                throw new ArgumentException($"'{name}' takes no part in the conversation '{conversationId}'. Its participants: {string.Join(", ", conversation.Participants)}.", name == sender ? nameof(sender) : nameof(recipient));
        }

        if (conversation.Speaker is { } speaker && speaker != sender)
            throw new InvalidOperationException($"It is the turn of '{speaker}' in the conversation '{conversationId}', not of '{sender}'. Let '{speaker}' speak first, or start the conversation without turn-taking.");
    }

    /// <summary>Where the conversation waits for the next message; waits until it does.</summary>
    private async Task<Place> FindPlaceAsync(string conversationId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await FindConversationAsync(conversationId, cancellationToken);
            if (row is { Status: InstanceStatus.Finished, SubStatus: not InstanceSubStatus.Faulted })
                throw new InvalidOperationException($"The conversation '{conversationId}' has ended ({row.SubStatus}): start another one.");
            // Whoever had it may be gone, in the middle of a turn.
            if (row.SubStatus != InstanceSubStatus.Suspended)
                await runtime.ContinueAsync(conversationId, cancellationToken: cancellationToken);

            var (place, last) = await ReadPlaceAsync(conversationId, row.LastSequence, cancellationToken);
            if (place is not null)
                return place;

            // A turn waits for a provider that asked to be left alone for a while.
            await foreach (var one in runtime.WatchAsync(conversationId, last + 1, untilRest: false, cancellationToken: cancellationToken))
            {
                if (one is InstanceEvent.Committed)
                    break;
            }
        }
    }

    /// <summary>Where it waits when it rests, if it waits for a message; and the last entry seen.</summary>
    private async Task<(Place? Place, long Last)> ReadPlaceAsync(string conversationId, long sequence, CancellationToken cancellationToken)
    {
        Place? place = null;
        var hasStopped = false;
        await foreach (var one in runtime.WatchAsync(conversationId, Math.Max(1, sequence - TailEntries), untilRest: true, cancellationToken: cancellationToken))
        {
            if (one is not InstanceEvent.Committed { Entry: var entry })
                continue;
            sequence = entry.Sequence;
            place = entry switch
            {
                ActivitySuspended suspended => PlaceOf(suspended) ?? place,
                ActivityResumed resumed when resumed.ById == place?.BookmarkId => null,
                _ => place,
            };
            hasStopped = entry is not InstanceRetried && (hasStopped || entry is InstanceFinished);
        }

        if (hasStopped)
            throw await FailedAsync(conversationId, cancellationToken);

        // Much may have been said into it from outside since it began to wait.
        return (place ?? await FindPlaceInStoreAsync(conversationId, sequence, cancellationToken), sequence);
    }

    private async Task<Place?> FindPlaceInStoreAsync(string conversationId, long sequence, CancellationToken cancellationToken)
    {
        var bookmarks = await AskAsync(conversationId, () => queries.ReadBookmarksAsync(new("", conversationId), cancellationToken));
        return bookmarks.LastOrDefault(b => b is { Status: BookmarkStatus.Open, Name: AwaitMessageActivity.Bookmark }) is { } open
            ? new(open.Id, JsonSerializer.Deserialize<OpenConversation>(open.Payload.Span)!, sequence)
            : null;
    }

    private static Place? PlaceOf(ActivitySuspended suspended) =>
        suspended.Bookmarks.FirstOrDefault(b => b.Name == AwaitMessageActivity.Bookmark) is { } open
            ? new(open.Id, open.Payload.Deserialize<OpenConversation>()!, suspended.Sequence)
            : null;

    /// <summary>What the activities that take a message came to between its acceptance and the next wait: their outputs.</summary>
    private async Task<IReadOnlyDictionary<string, JsonElement>> ReadAnswerAsync(string conversationId, long fromSequence, string stimulusId, CancellationToken cancellationToken)
    {
        var isTaken = false;
        IReadOnlyDictionary<string, JsonElement> answer = new Dictionary<string, JsonElement>();
        await foreach (var one in runtime.WatchAsync(conversationId, fromSequence, untilRest: false, cancellationToken: cancellationToken))
        {
            if (one is not InstanceEvent.Committed { Entry: var entry })
                continue;
            isTaken |= entry is ActivityResumed resumed && resumed.StimulusId == stimulusId;
            if (!isTaken)
                continue;
            switch (entry)
            {
                case ActivityCompleted { Outputs: { } outputs } when outputs.Keys.Any(AnswerOutputs.Contains):
                    answer = outputs;
                    break;
                case ActivitySuspended suspended when PlaceOf(suspended) is { } next:
                    // What was fine when it was sent may not have been when it was taken, e.g. the turn.
                    return next.Conversation.Problem is { } problem ? throw new InvalidOperationException(problem) : answer;
                case InstanceFinished { SubStatus: InstanceSubStatus.Faulted }:
                    throw await FailedAsync(conversationId, cancellationToken);
                case InstanceFinished finished:
                    throw new InvalidOperationException($"The conversation '{conversationId}' has ended ({finished.SubStatus}): start another one.");
            }
        }

        throw new InvalidOperationException("A watcher that does not end ended.");
    }

    private async Task<RunFailedException> FailedAsync(string conversationId, CancellationToken cancellationToken) =>
        RunFailedException.Of(conversationId, await runtime.GetOutcomeAsync(conversationId, cancellationToken: cancellationToken));

    private async Task<InstanceRow> FindConversationAsync(string conversationId, CancellationToken cancellationToken)
    {
        var row = await FindAsync(conversationId, cancellationToken);
        return row.DefinitionId == DefinitionName
            ? row
            : throw new ArgumentException($"'{conversationId}' is a run of '{row.DefinitionId}' and takes no messages: start a conversation with {nameof(StartConversationAsync)}.", nameof(conversationId));
    }

    private async Task<InstanceRow> FindAsync(string conversationId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(conversationId);
        return await AskAsync(conversationId, () => queries.FindAsync(new("", conversationId), cancellationToken))
            ?? throw new ArgumentException($"There is no conversation '{conversationId}' in this store. Start one with {nameof(StartConversationAsync)}, or open the store it was started in.", nameof(conversationId));
    }

    // The store is closed with the runtime, and says so less well.
    private static async Task<T> AskAsync<T>(string conversationId, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (ObjectDisposedException exception)
        {
            throw new RuntimeClosedException(conversationId, exception);
        }
    }

    /// <summary>Where a conversation waits.</summary>
    /// <param name="Sequence">An entry before whatever its next message causes.</param>
    private sealed record Place(string BookmarkId, OpenConversation Conversation, long Sequence);
}

/// <summary>What a broadcast came to.</summary>
/// <param name="Replies">In the order of the participants.</param>
/// <param name="Failed">Who did not answer, and why.</param>
public sealed record BroadcastResult(IReadOnlyList<BroadcastReply> Replies, IReadOnlyList<BroadcastFailure> Failed);
