using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>Conversations led from code.</summary>
public sealed class ConversationOrchestratorTests : IAsyncDisposable
{
    private readonly Door _door = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ConversationOrchestrator Conversations => _door.Conversations;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task Both_sides_are_recorded_and_the_whole_history_is_really_sent()
    {
        _door.With("teacher", "student");
        var id = await Conversations.StartConversationAsync(["teacher", "student"], "Learning about AI", cancellationToken: Stop);

        var first = await Conversations.SendAgentMessageAsync("student", "teacher", "What are neural networks?", id, Stop);
        var second = await Conversations.SendAgentMessageAsync("student", "teacher", "And transformers?", id, Stop);

        Assert.Equal(("re What are neural networks?", "re And transformers?"), (first, second));
        Assert.Equal(
            ["message student>teacher: What are neural networks?", "reply teacher>student: re What are neural networks?", "message student>teacher: And transformers?", "reply teacher>student: re And transformers?"],
            await HistoryAsync(id));
        Assert.Equal(
            ["system: You are teacher.\n\nYou are teacher in a conversation with student.\nIts topic: Learning about AI", "user: What are neural networks?", "assistant: re What are neural networks?", "user: And transformers?"],
            Sent(1));
    }

    [Fact]
    public async Task An_initial_message_is_answered_and_in_the_history()
    {
        _door.With("ada", "bob");

        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Beauty", "Hello! Let's discuss…", cancellationToken: Stop);

        Assert.Equal(["message ada>bob: Hello! Let's discuss…", "reply bob>ada: re Hello! Let's discuss…"], await HistoryAsync(id));
    }

    [Fact]
    public async Task A_new_host_on_the_same_database_goes_on_by_the_id()
    {
        _door.With("ada", "bob");
        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Beauty", cancellationToken: Stop);
        await Conversations.SendAgentMessageAsync("ada", "bob", "one", id, Stop);
        await _door.CloseAsync();

        _door.Reopen();
        _door.With("ada", "bob");
        await Conversations.SendAgentMessageAsync("ada", "bob", "two", id, Stop);

        Assert.Equal(["message ada>bob: one", "reply bob>ada: re one", "message ada>bob: two", "reply bob>ada: re two"], await HistoryAsync(id));
        Assert.Equal(["user: one", "assistant: re one", "user: two"], Sent(1)[1..]);
    }

    [Fact]
    public async Task A_turn_that_a_process_died_in_is_finished_by_the_next_one()
    {
        _door.With("ada", "bob");
        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Beauty", cancellationToken: Stop);
        var asked = new TaskCompletionSource();
        _door.Model.Before = async (_, token) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var lost = Conversations.SendAgentMessageAsync("ada", "bob", "one", id, gone.Token);
        await asked.Task;
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        await _door.CloseAsync();

        _door.Model.Before = (_, _) => Task.CompletedTask;
        _door.Reopen();
        _door.With("ada", "bob");
        await Conversations.SendAgentMessageAsync("ada", "bob", "two", id, Stop);

        Assert.Equal(["message ada>bob: one", "reply bob>ada: re one", "message ada>bob: two", "reply bob>ada: re two"], await HistoryAsync(id));
    }

    [Fact]
    public async Task Nobody_is_named_twice_or_as_the_one_who_speaks_to_it()
    {
        _door.With("ada", "bob", "user");
        var twice = await Assert.ThrowsAsync<ArgumentException>(() => Conversations.StartConversationAsync(["ada", "bob", "ada"], "Beauty", cancellationToken: Stop));
        Assert.StartsWith("'ada' is named more than once: name everybody once.", twice.Message);

        var user = Door.NewAgent("user");
        Conversations.RegisterAgent(user);
        Assert.StartsWith("An agent called 'user'", (await Assert.ThrowsAsync<InvalidOperationException>(() => user.RespondAsync("Hm", Stop))).Message);
        Assert.Empty(_door.Model.Calls);
    }

    [Fact]
    public async Task Conversations_run_side_by_side_and_know_nothing_of_each_other()
    {
        _door.With("ada", "bob");
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Conversations.StartConversationAsync(["ada", "bob"], $"Topic {i}", cancellationToken: Stop)));

        await Task.WhenAll(ids.Select(async (id, i) =>
        {
            for (var turn = 0; turn < 3; turn++)
                Assert.Equal($"re {i}/{turn}", await Conversations.SendAgentMessageAsync("ada", "bob", $"{i}/{turn}", id, Stop));
        }));

        Assert.Equal(20, ids.Distinct().Count());
        for (var i = 0; i < ids.Length; i++)
            Assert.Equal(Enumerable.Range(0, 3).SelectMany(t => new[] { $"message ada>bob: {i}/{t}", $"reply bob>ada: re {i}/{t}" }), await HistoryAsync(ids[i]));
    }

    [Fact]
    public async Task Messages_at_once_into_one_conversation_are_taken_one_after_the_other_and_each_gets_its_own_reply()
    {
        _door.With("ada", "bob", "carl");
        var id = await Conversations.StartConversationAsync(["ada", "bob", "carl"], "All at once", cancellationToken: Stop);

        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Conversations.SendAgentMessageAsync("ada", i % 2 == 0 ? "bob" : "carl", $"m{i}", id, Stop)));

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"re m{i}"), replies);
        var history = await Conversations.GetHistoryAsync(id, Stop);
        Assert.Equal(24, history.Count);
        Assert.All(history.Chunk(2), pair => Assert.Equal($"re {pair[0].Content}", pair[1].Content));
    }

    [Fact]
    public async Task A_broadcast_is_answered_by_all_and_one_that_fails_is_named()
    {
        _door.With("ada", "bob", "carl");
        _door.Model.Reply = call => call.System.StartsWith("You are carl", StringComparison.Ordinal) ? throw new InvalidOperationException("carl is ill") : "agreed";
        var id = await Conversations.StartConversationAsync(["ada", "bob", "carl", "eve"], "A vote", cancellationToken: Stop);

        var result = await Conversations.BroadcastAsync("ada", "Agreed?", id, Stop);

        Assert.Equal(["bob: agreed", "eve: agreed"], result.Replies.Select(r => $"{r.Participant}: {r.Reply}"));
        Assert.Contains("carl is ill", Assert.Single(result.Failed, f => f.Participant == "carl").Error);
        Assert.Equal(["message ada>all: Agreed?", "reply bob>all: agreed", "reply eve>all: agreed"], await HistoryAsync(id));
    }

    [Fact]
    public async Task A_person_speaks_and_is_spoken_to()
    {
        _door.With("ada");
        var id = await Conversations.StartConversationAsync(["dan", "ada"], "Lunch", options: new() { People = ["dan"] }, cancellationToken: Stop);

        Assert.Equal("re Hungry?", await Conversations.SendAgentMessageAsync("dan", "ada", "Hungry?", id, Stop));
        Assert.Equal("", await Conversations.SendAgentMessageAsync("ada", "dan", "Yes.", id, Stop));

        Assert.Contains("a conversation with dan (a person)", Sent(0)[0]);
        Assert.Equal(3, (await HistoryAsync(id)).Length);
    }

    [Fact]
    public async Task The_history_that_is_sent_can_be_limited()
    {
        _door.With("ada", "bob");
        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Long", options: new() { HistoryLast = 2 }, cancellationToken: Stop);

        for (var i = 0; i < 4; i++)
            await Conversations.SendAgentMessageAsync("ada", "bob", $"m{i}", id, Stop);

        Assert.Equal(["user: [4 earlier messages are left out]", "user: m2", "assistant: re m2", "user: m3"], Sent(3)[1..]);
    }

    [Fact]
    public async Task An_unknown_agent_is_refused_before_anything_starts_and_all_agents_are_listed()
    {
        _door.With("teacher", "student");

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Conversations.StartConversationAsync(["teacher", "stuent", "mallory"], "AI", cancellationToken: Stop));

        Assert.StartsWith("There are no agents 'stuent', 'mallory'. Did you mean 'student'? Agents: eve, student, teacher. Register one with RegisterAgent", refused.Message);
        Assert.Empty(await _door.Host.Get<IInstanceQueries>().ListAsync(new(), Stop));
    }

    [Fact]
    public async Task Only_participants_speak_and_are_spoken_to()
    {
        _door.With("ada", "bob", "carl");
        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Two only", cancellationToken: Stop);

        foreach (var (sender, recipient) in new[] { ("carl", "ada"), ("ada", "carl") })
        {
            var refused = await Assert.ThrowsAsync<ArgumentException>(() => Conversations.SendAgentMessageAsync(sender, recipient, "Psst", id, Stop));
            Assert.StartsWith($"'carl' takes no part in the conversation '{id}'. Its participants: ada, bob.", refused.Message);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => Conversations.BroadcastAsync("carl", "Psst", id, Stop));
        Assert.Empty(await HistoryAsync(id));
        Assert.Empty(_door.Model.Calls);
    }

    [Fact]
    public async Task Turns_are_taken_where_that_is_asked()
    {
        _door.With("ada", "bob");
        var id = await Conversations.StartConversationAsync(["ada", "bob", "dan"], "In turn", options: new() { TurnTaking = true, People = ["dan"] }, cancellationToken: Stop);
        await Conversations.SendAgentMessageAsync("ada", "dan", "You are next", id, Stop);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Conversations.SendAgentMessageAsync("bob", "ada", "No, me", id, Stop));

        Assert.StartsWith("It is the turn of 'dan'", refused.Message);
    }

    [Fact]
    public async Task An_unknown_conversation_and_one_that_is_none_and_one_that_has_ended_say_what_to_do()
    {
        _door.With("ada", "bob");
        Assert.StartsWith("There is no conversation 'nowhere' in this store. Start one with", (await Assert.ThrowsAsync<ArgumentException>(() => Send("nowhere"))).Message);
        Assert.StartsWith("There is no conversation 'nowhere'", (await Assert.ThrowsAsync<ArgumentException>(() => Conversations.GetHistoryAsync("nowhere", Stop))).Message);

        var review = await _door.Host.Get<NamedRuns>().StartAsync("pr-review", new Dictionary<string, System.Text.Json.JsonElement> { ["diff"] = Values.From(Changes.Small) }, cancellationToken: Stop);
        Assert.StartsWith($"'{review}' is a run of 'pr-review' and takes no messages", (await Assert.ThrowsAsync<ArgumentException>(() => Send(review))).Message);

        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Short", cancellationToken: Stop);
        await Conversations.EndConversationAsync(id, Stop);
        await Conversations.EndConversationAsync(id, Stop);
        Assert.StartsWith($"The conversation '{id}' has ended (Finished)", (await Assert.ThrowsAsync<InvalidOperationException>(() => Send(id))).Message);

        Task<string> Send(string conversation) => Conversations.SendAgentMessageAsync("ada", "bob", "Hello", conversation, Stop);
    }

    [Fact]
    public async Task A_model_that_fails_is_an_error_and_the_message_can_be_sent_again()
    {
        _door.With("ada", "bob");
        var id = await Conversations.StartConversationAsync(["ada", "bob"], "Weather", cancellationToken: Stop);
        _door.Model.Before = (_, _) => throw new InvalidOperationException("out of order");

        var failed = await Assert.ThrowsAsync<RunFailedException>(() => Conversations.SendAgentMessageAsync("ada", "bob", "one", id, Stop));
        Assert.Contains("out of order", failed.Message);
        Assert.Equal(id, failed.RunId);
        Assert.Empty(await HistoryAsync(id));

        _door.Model.Before = (_, _) => Task.CompletedTask;
        Assert.Equal("re one", await Conversations.SendAgentMessageAsync("ada", "bob", "one", id, Stop));
    }

    [Fact]
    public async Task An_initial_message_that_was_not_answered_is_tried_again_by_the_next_one()
    {
        _door.With("ada", "bob");
        _door.Model.Before = (_, _) => throw new InvalidOperationException("out of order");
        var failed = await Assert.ThrowsAsync<RunFailedException>(() => Conversations.StartConversationAsync(["ada", "bob"], "Weather", "Hello", cancellationToken: Stop));

        _door.Model.Before = (_, _) => Task.CompletedTask;
        await Conversations.SendAgentMessageAsync("ada", "bob", "Again", failed.RunId, Stop);

        Assert.Equal(["message ada>bob: Hello", "reply bob>ada: re Hello", "message ada>bob: Again", "reply bob>ada: re Again"], await HistoryAsync(failed.RunId));
    }

    [Fact]
    public async Task What_was_said_from_outside_does_not_hide_where_the_conversation_waits()
    {
        _door.With("ada");
        var id = await Conversations.StartConversationAsync(["ada", "dan"], "Monologue", options: new() { People = ["dan"] }, cancellationToken: Stop);
        for (var i = 0; i < 60; i++)
            Assert.Equal(SayResult.Accepted, await _door.Host.Runtime.SayAsync(new(id, "main", "dan", $"and {i}"), Stop));

        Assert.Equal("re so?", await Conversations.SendAgentMessageAsync("dan", "ada", "so?", id, Stop));
        Assert.Equal(62, (await HistoryAsync(id)).Length);
    }

    [Fact]
    public async Task Agents_of_the_file_take_part_and_one_from_code_comes_before_one_of_its_name()
    {
        var id = await Conversations.StartConversationAsync(["eve", "dan"], "Who are you?", options: new() { People = ["dan"] }, cancellationToken: Stop);
        await Conversations.SendAgentMessageAsync("dan", "eve", "one", id, Stop);
        _door.Host.Add(new Agent("eve", new RoleDefinition("eve", "You are eve of the code.", new { specialties = new[] { "poetry" } })));
        await Conversations.SendAgentMessageAsync("dan", "eve", "two", id, Stop);

        Assert.StartsWith("system: You are eve of the file.\n", Sent(0)[0]);
        Assert.StartsWith("system: You are eve of the code.\n\nSpecialties:\n- poetry\n", Sent(1)[0]);
    }

    private async Task<string[]> HistoryAsync(string id) =>
        [.. (await Conversations.GetHistoryAsync(id, Stop)).Select(m => $"{m.Kind} {m.Sender}>{m.Recipient ?? "all"}: {m.Content}")];

    private string[] Sent(int call) => [.. _door.Model.Calls[call].Messages.Select(m => $"{m.Role}: {m.Content}")];
}
