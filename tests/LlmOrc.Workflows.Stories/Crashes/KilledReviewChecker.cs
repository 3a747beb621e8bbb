using System.Text.Json;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Crashes;

/// <summary>Holds what was seen of a killed review against what is promised. It reads the store's rows, the result and the ledger, nothing else.</summary>
internal static class KilledReviewChecker
{
    private static readonly string[] Agents = ["review_summarizer", "security_expert", "senior_developer", "ux_reviewer"];

    /// <summary>Fails the test with the seed in the message.</summary>
    public static void Check(KilledReview review)
    {
        try
        {
            NoTurnIsLost(review);
            NoTurnIsThereTwice(review);
            WhatWasCommittedStays(review);
            NothingIsPaidTwice(review);
            EveryCallIsMetered(review);
        }
        catch (Xunit.Sdk.XunitException exception)
        {
            Assert.Fail($"{TestAmount.SeedVariable}={review.Seed}: {exception.Message}{Environment.NewLine}{review.End.Error}");
        }
    }

    /// <summary>Calls that a kill cost: made, and of no use.</summary>
    public static IEnumerable<(Kill Kill, LifeCall Call)> Repeated(KilledReview review) => review.Kills
        .SelectMany((kill, life) => review.Calls[life].Where(call => !kill.HasReplyOf(call.Agent)).Select(call => (kill, call)));

    /// <summary>Whether a call had no answer yet when the program was killed. Otherwise its answer was on the way to the store.</summary>
    public static bool IsUnanswered(Kill kill, LifeCall call) => call.Line.AnsweredAt is not { } answeredAt || answeredAt >= kill.At;

    // Every turn's reply is in the result.
    private static void NoTurnIsLost(KilledReview review)
    {
        Assert.True(review.End.ExitCode == 0, $"exit code {review.End.ExitCode}");
        using var result = JsonDocument.Parse(review.End.Output);
        Assert.Equal("finished", review.Run.Status);
        var output = result.RootElement.GetProperty("output");
        Assert.Equal(0, output.GetProperty("failed_reviewers").GetArrayLength());
        var told = output.GetProperty("reviews").EnumerateArray().ToDictionary(r => r.GetProperty("reviewer").GetString()!, r => r.GetProperty("feedback").GetString()!);
        told["review_summarizer"] = output.GetProperty("summary").GetString()!;
        Assert.Equal(Agents, told.Keys.Order(StringComparer.Ordinal));
        foreach (var reply in review.Run.Replies)
            Assert.Equal(reply.Content, told[reply.Sender]);
    }

    private static void NoTurnIsThereTwice(KilledReview review)
    {
        Assert.Equal(Agents, review.Run.Replies.Select(r => r.Sender).Order(StringComparer.Ordinal));
        Assert.Equal(2 * Agents.Length, review.Run.Messages.Count);
        Assert.Distinct(review.Run.Messages.Select(m => m.Id));
        // And it is what the model said, once, in one of the lives.
        foreach (var reply in review.Run.Replies)
        {
            Assert.Single(review.Calls.SelectMany(c => c), c =>
                c.Agent == reply.Sender && reply.Content.Contains(c.Line.BodyHash[..8], StringComparison.Ordinal));
        }
    }

    private static void WhatWasCommittedStays(KilledReview review)
    {
        foreach (var messages in review.Kills.Select(k => k.Run?.Messages ?? []))
            Assert.Equal(messages, review.Run.Messages.Take(messages.Count));
    }

    private static void NothingIsPaidTwice(KilledReview review)
    {
        foreach (var calls in review.Calls)
            Assert.Distinct(calls.Select(c => c.Agent));

        for (var life = 0; life < review.Kills.Count; life++)
        {
            var later = review.Calls.Skip(life + 1).SelectMany(c => c);
            Assert.DoesNotContain(later, call => review.Kills[life].HasReplyOf(call.Agent));
        }

        // Each call beyond one for each turn was in flight at a kill: the other side had not answered it, or the store did not have the answer yet.
        Assert.Equal(Agents.Length + Repeated(review).Count(), review.Calls.Sum(c => c.Count));
    }

    private static void EveryCallIsMetered(KilledReview review)
    {
        Assert.Equal(Agents, review.Run.Calls.Where(c => c.Status == "settled").Select(c => c.Agent).Order(StringComparer.Ordinal));
        Assert.All(review.Run.Calls, c => Assert.True(c.Status is "settled" or "open", c.Status));
        // Only a call that came back says whose it was.
        var agents = review.Run.Calls.Where(c => c.Status == "settled").ToDictionary(c => c.ExecutionId, c => c.Agent!);
        var known = new HashSet<(long, int)>();
        for (var life = 0; life < review.Calls.Count; life++)
        {
            var rows = (life < review.Kills.Count ? review.Kills[life].Run : review.Run)?.Calls ?? [];
            var metered = rows.Where(c => known.Add((c.ExecutionId, c.Attempt))).Select(c => agents[c.ExecutionId]).Order(StringComparer.Ordinal).ToList();
            var made = review.Calls[life].Select(c => c.Agent).Order(StringComparer.Ordinal).ToList();
            Assert.Distinct(metered);
            // A kill may come between a reservation and its call: the reservation counts as spent. Never the other way round.
            if (life < review.Kills.Count)
                Assert.Empty(made.Except(metered));
            else
                Assert.Equal(made, metered);
        }
    }
}
