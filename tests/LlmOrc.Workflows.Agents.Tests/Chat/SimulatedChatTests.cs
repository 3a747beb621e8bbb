using System.Text;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

public sealed class SimulatedChatTests
{
    private const string Security = "You are a security expert.";
    private const string Ux = "You are a user experience reviewer.";
    private const string Senior = "You are a senior developer.";

    private static readonly string Diff = File.ReadAllText(RepositoryRoot.Combine("samples", "change.diff"));

    private static readonly ModelProfile Profile = new() { Name = "simulated", Provider = "simulated", Model = "simulated" };

    [Fact]
    public async Task The_same_prompt_always_gets_the_same_reply_in_several_tokens()
    {
        var tokens = new List<string>();

        var first = await SayAsync(Security, Diff, tokens.Add);
        var second = await SayAsync(Security, Diff);

        Assert.Equal(first, second);
        Assert.Equal(first.Text, string.Concat(tokens));
        Assert.Equal(tokens.Count, first.CompletionTokens);
        Assert.InRange(tokens.Count, 20, 500);
        Assert.Equal(0, first.Cost);
    }

    [Theory]
    [InlineData(Security)]
    [InlineData(Ux)]
    [InlineData(Senior)]
    [InlineData("You summarise reviews.")]
    [InlineData("")]
    public async Task Every_message_says_loudly_that_it_is_simulated(string system)
    {
        Assert.StartsWith("[simulated] No model wrote this", (await SayAsync(system, Diff)).Text);
        Assert.StartsWith("[simulated] No model wrote this", (await SayAsync(system, "Hello.")).Text);
    }

    [Theory]
    [InlineData(Security, "shop/customers.py:28\n   > sql = \"SELECT id, name, email FROM customers WHERE name LIKE '%\" + term")]
    [InlineData(Ux, "<img src=")]
    [InlineData(Senior, "shop/report.py:10\n   > def process(data, x):")]
    public async Task A_review_quotes_lines_of_the_diff_by_the_role_that_reads_it(string system, string expected)
    {
        var review = (await SayAsync(system, Diff)).Text;

        Assert.Contains(expected, review);
        var added = Diff.Split('\n').Where(l => l.StartsWith('+')).Select(l => l[1..].Trim()).ToHashSet();
        var quotes = review.Split('\n').Where(l => l.StartsWith("   > ", StringComparison.Ordinal)).Select(l => l[5..]).ToList();
        Assert.InRange(quotes.Count, 2, 4);
        Assert.All(quotes, q => Assert.Contains(added, line => q.EndsWith('…') ? line.StartsWith(q[..^1], StringComparison.Ordinal) : line == q));
    }

    [Fact]
    public async Task Another_diff_gets_another_review()
    {
        var other = Diff.Replace("LIKE '%\" + term", "LIKE '%\" + text", StringComparison.Ordinal);

        Assert.NotEqual((await SayAsync(Security, Diff)).Text, (await SayAsync(Security, other)).Text);
        Assert.NotEqual((await SayAsync(Security, Diff)).Text, (await SayAsync(Ux, Diff)).Text);
    }

    [Theory]
    [InlineData("--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+\n", "x:1")]
    [InlineData("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+bcdef\n", "x:1")]
    [InlineData("+++ /dev/null\n@@ nonsense\n+added", "You said")]
    [InlineData("", "You said: \"\"")]
    public async Task Odd_diffs_are_no_obstacle(string prompt, string expected) => Assert.Contains(expected, (await SayAsync(Security, prompt)).Text);

    [Fact]
    public async Task A_summary_names_the_reviewers_and_places_it_was_sent()
    {
        var prompt = "Review by senior_developer (tests):\n1. [HIGH] a.py:3\n   > x\nReview by ux-lead:\n1. [HIGH] b.html:7\n2. [LOW] a.py:3\n";

        var summary = (await SayAsync("You summarise code reviews.", prompt)).Text;

        Assert.Contains("Summary of the reviews by senior_developer and ux-lead.", summary);
        Assert.Contains("- HIGH: a.py:3, b.html:7", summary);
        Assert.Contains("- LOW: a.py:3", summary);
    }

    [Fact]
    public async Task A_conversation_goes_on_turn_by_turn()
    {
        var request = new ChatRequest
        {
            System = "You are Ada.", Messages = [new(ChatSpeaker.User, "one"), new(ChatSpeaker.Assistant, "two"), new(ChatSpeaker.User, "What about engines?")],
        };

        var reply = await Models(TimeProvider.System).RespondAsync(Profile, request, null, TestContext.Current.CancellationToken);

        Assert.Contains("Turn 2. You said: \"What about engines?\"", reply.Text);
    }

    [Theory]
    [InlineData("Topic: tea\n\nHave one idea for this topic.", "For \"tea\": ")]
    [InlineData("Topic: tea\n\nImprove an idea that ada had.", "sugar")]
    [InlineData("Topic: tea\n\nOpen round 1 with one question to the experts.", "\"tea\"")]
    [InlineData("Topic: tea\n\nConclude the discussion.", "On \"tea\": ")]
    [InlineData("How hot?", "On \"How hot?\": ")]
    [InlineData("[simulated] It is hot.", "sugar")]
    public async Task Who_is_in_a_conversation_says_something_short_about_its_topic(string asked, string expected)
    {
        const string System = "You are ada.\n\nSpecialties:\n- sugar\n\nYou are ada in a conversation with bob.\nIts topic: tea";

        var said = (await SayAsync(System, asked)).Text;

        Assert.StartsWith("[simulated] ", said);
        Assert.Contains(expected, said);
        Assert.DoesNotContain("[simulated]", said[1..]);
        Assert.InRange(said.Length, 20, 250);
    }

    [Fact]
    public async Task A_token_delay_makes_progress_visible()
    {
        var time = new FakeTimeProvider();
        var text = new StringBuilder();
        var arrived = new SemaphoreSlim(0);
        var call = Models(time).RespondAsync(
            Profile with { TokenDelay = TimeSpan.FromMilliseconds(50) }, new() { System = "", Messages = [new(ChatSpeaker.User, "Hi.")] },
            token =>
            {
                text.Append(token);
                arrived.Release();
            },
            TestContext.Current.CancellationToken);

        Assert.Equal("", text.ToString());
        time.Advance(TimeSpan.FromMilliseconds(50));
        await arrived.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("[simulated] ", text.ToString());
        while (!call.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await call;
    }

    private static Task<ChatReply> SayAsync(string system, string text, Action<string>? onToken = null) => Models(TimeProvider.System).RespondAsync(
        Profile, new() { System = system, Messages = [new(ChatSpeaker.User, text)] }, onToken, TestContext.Current.CancellationToken);

    private static ChatModels Models(TimeProvider time) => new([new SimulatedProvider(time)], time, NullLogger<ChatModels>.Instance);
}
