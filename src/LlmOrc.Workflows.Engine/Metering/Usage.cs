namespace LlmOrc.Workflows.Metering;

/// <summary>What a run has used. <paramref name="Cost"/> is in US dollars.</summary>
public sealed record Usage(long Calls, long PromptTokens, long CompletionTokens, decimal Cost)
{
    public static readonly Usage None = new(0, 0, 0, 0);

    public static Usage Of(IEnumerable<MeteredCall> calls) => calls
        .Where(c => c.Status != MeteredCallStatus.Unused)
        .Aggregate(None, (sum, c) => new(sum.Calls + 1, sum.PromptTokens + c.PromptTokens, sum.CompletionTokens + c.CompletionTokens, sum.Cost + c.Cost));
}
