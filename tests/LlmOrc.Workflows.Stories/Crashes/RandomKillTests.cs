using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Crashes;

public sealed class RandomKillTests(ITestOutputHelper output)
{
    // A reply of a third of a second: long enough for kills to fall into it.
    private const int TokenDelayMilliseconds = 15;

    private static readonly int Stories = TestAmount.IsLong ? 100 : 15;

    [Fact]
    public async Task A_review_that_is_killed_at_random_loses_no_turn_and_pays_for_none_twice()
    {
        output.WriteLine($"{TestAmount.SeedVariable}={TestAmount.FirstSeed}");
        await using var folder = new StoryFolder();
        await using var ollama = await FakeOllamaProcess.StartAsync(folder.Root, TokenDelayMilliseconds);
        var reviews = new List<KilledReview>();
        for (var seed = TestAmount.FirstSeed; reviews.Count < Stories; seed++)
        {
            var review = await KilledReview.PlayAsync(seed, ollama);
            KilledReviewChecker.Check(review);
            reviews.Add(review);
        }

        var report = KillReport.Of(reviews);
        output.WriteLine(report);
        // Kills that hit nothing prove nothing.
        Assert.Contains(reviews, r => KilledReviewChecker.Repeated(r).Any());
        if (TestAmount.IsLong)
            await KillReport.WriteAsync(report);
    }
}
