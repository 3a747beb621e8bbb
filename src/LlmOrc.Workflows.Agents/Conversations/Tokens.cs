using System.Text;
using Microsoft.ML.Tokenizers;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>
/// Counts tokens as OpenAI's o200k_base does. Other models count a little otherwise; for a budget that is near enough, and far nearer
/// than a guess by length.
/// </summary>
internal static class Tokens
{
    // No token of the vocabulary is longer.
    private const int LongestToken = 128;

    // Loading the vocabulary takes a fifth of a second: only who really needs it waits for it.
    private static readonly Lazy<Tokenizer> Counter = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));

    /// <summary>How many of the oldest texts have to be left out for the others to fit.</summary>
    public static int CountToLeaveOut(IReadOnlyList<string> texts, int budget)
    {
        // Every token is at least a byte: what fits by bytes fits, and nothing is counted.
        if (texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)) <= budget)
            return 0;

        for (var (i, left) = (texts.Count - 1, (long)budget); i >= 0; i--)
        {
            left -= Encoding.UTF8.GetByteCount(texts[i]) > left * LongestToken ? left + 1 : Counter.Value.CountTokens(texts[i]);
            if (left < 0)
                return i + 1;
        }

        return 0;
    }
}
