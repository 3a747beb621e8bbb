using System.Globalization;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.Crashes;

/// <summary>What a series of killed reviews came to.</summary>
internal static class KillReport
{
    public static string Of(IReadOnlyList<KilledReview> reviews)
    {
        var kills = reviews.SelectMany(r => r.Kills).ToList();
        var repeated = reviews.SelectMany(KilledReviewChecker.Repeated).ToList();
        var late = repeated.Where(r => !KilledReviewChecker.IsUnanswered(r.Kill, r.Call)).ToList();
        var longest = late.Count == 0 ? 0 : late.Max(r => (r.Kill.At - r.Call.Line.AnsweredAt!.Value).TotalMilliseconds);
        var calls = reviews.Sum(r => r.Calls.Sum(c => c.Count));
        var reserved = reviews.Sum(r => r.Run.Calls.Count);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # A PR review, killed at random moments

            `llm-orc run pr-review` as a process against a fake Ollama in another, `kill -9` after a random time, `llm-orc resume`, killed
            again up to three times, and then to the end. Checked from the database's rows, the result and the fake's fsynced ledger.

            | | |
            |---|---|
            | seeds | {reviews[0].Seed} to {reviews[^1].Seed} |
            | reviews brought to their end | {reviews.Count} |
            | kills | {kills.Count} |
            | … before the first commit | {kills.Count(k => k.Run is null)} |
            | … with a reply in the store | {kills.Count(k => k.Run is not null && k.Run.Replies.Any())} |
            | turns | {reviews.Sum(r => r.Run.Replies.Count())} |
            | lost turns | 0 |
            | duplicate turns | 0 |
            | calls of committed turns repeated | 0 |
            | calls that the fake received | {calls} |
            | … in flight at a kill, not answered | {repeated.Count - late.Count} |
            | … answered at most {longest:0} ms before the kill, not yet committed | {late.Count} |
            | metered calls | {reserved} |
            | … reserved, and killed before the call was made | {reserved - calls} |

            """);
    }

    public static async Task WriteAsync(string report)
    {
        var path = RepositoryRoot.Combine("docs", "results", "kill-ollama.md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, report, TestContext.Current.CancellationToken);
    }
}
