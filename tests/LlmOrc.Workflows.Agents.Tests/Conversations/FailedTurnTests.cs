using System.Text.Json.Nodes;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Conversations;

/// <summary>A turn that brings no reply comes to the same, whichever activity lets the agent speak.</summary>
public sealed class FailedTurnTests
{
    public static TheoryData<string> Speaking => ["turn", "send", "initial", "select"];

    [Theory]
    [MemberData(nameof(Speaking))]
    public async Task A_turn_that_failed_says_how_to_go_on(string activity)
    {
        await using var talk = Refusing(new(ProviderErrorKind.Refused, "no"));

        var stopped = await RunAsync(talk, activity);

        var failure = Assert.Single(stopped.Incidents).Failure;
        Assert.Equal("ProviderRefused", failure.Type);
        Assert.EndsWith($"Then go on with `llm-orc resume {stopped.Row.Key.InstanceId}`.", failure.Message);
    }

    [Theory]
    [MemberData(nameof(Speaking))]
    [InlineData("broadcast")]
    public async Task A_provider_that_asks_for_a_long_wait_leaves_the_run_waiting_and_is_asked_again(string activity)
    {
        await using var talk = Refusing(new(ProviderErrorKind.RateLimited, "429") { RetryAfter = TimeSpan.FromMinutes(5) });

        var waiting = await RunAsync(talk, activity);
        Assert.Equal(InstanceSubStatus.Suspended, waiting.Row.SubStatus);
        Assert.Empty(waiting.Incidents);

        talk.Model.Before = (_, _) => Task.CompletedTask;
        await talk.CloseAsync();
        talk.Time.Advance(TimeSpan.FromMinutes(6));
        talk.Reopen();
        await talk.Runtime.ContinueAsync(waiting.Row.Key.InstanceId, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(InstanceSubStatus.Finished, (await talk.RestAsync(waiting.Row.Key.InstanceId)).Row.SubStatus);
    }

    [Theory]
    [InlineData("send")]
    [InlineData("broadcast")]
    public async Task What_the_document_has_wrong_is_not_to_be_resumed(string activity)
    {
        await using var talk = new Talk("ada", "bob", "chair");

        var stopped = await talk.RunAsync(Talk.Start("ada bob"), Activity(activity, sender: "mallory"));

        var failure = Assert.Single(stopped.Incidents).Failure;
        Assert.Equal("NotParticipant", failure.Type);
        Assert.True(failure.IsFinal);
        Assert.DoesNotContain("resume", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_ends_in_half_a_character_is_kept_without_it()
    {
        await using var talk = new Talk("ada", "bob", "chair");
        talk.Model.Reply = _ => "cut off \ud83d";
        var outcome = await talk.RunAsync(Talk.Start("ada bob"), Activity("send", sender: "ada"), Activity("broadcast", sender: "bob"));
        Assert.Empty(outcome.Incidents);
        Assert.Equal("reply bob>ada: cut off \ufffd", (await talk.TranscriptAsync(outcome.Row))[1]);
    }

    private static Talk Refusing(ProviderException exception)
    {
        var talk = new Talk("ada", "bob", "chair");
        talk.Model.Before = (_, _) => throw exception;
        return talk;
    }

    private static Task<InstanceOutcome> RunAsync(Talk talk, string activity) => activity == "initial"
        ? talk.RunAsync(Talk.Start("ada bob", ("initialMessage", Doc.Literal("Hello"))))
        : talk.RunAsync(Talk.Start("ada bob"), Activity(activity, sender: "ada"));

    private static JsonObject Activity(string activity, string sender) => activity switch
    {
        "turn" => Doc.Activity("LlmOrc.AgentTurn", "a", ("agent", Doc.Literal("bob")), ("prompt", Doc.Literal("Well?"))),
        "send" => Talk.Send("a", sender, "bob", "Well?"),
        "broadcast" => Doc.Activity("LlmOrc.Broadcast", "all", ("sender", Doc.Literal(sender)), ("content", Doc.Literal("Well?"))),
        "select" => Doc.Activity("LlmOrc.SelectSpeaker", "a", ("by", Doc.Literal("model")), ("selector", Doc.Literal("chair"))),
        _ => throw new ArgumentOutOfRangeException(nameof(activity), activity, "No such case."),
    };
}
