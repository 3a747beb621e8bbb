using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat.Simulated;

/// <summary>
/// Makes a reply from what was sent: a review that quotes lines of the diff it got, a summary that names the reviewers it got, or
/// an answer to the last message. Another prompt gives another reply, the same prompt the same.
/// </summary>
internal static partial class SimulatedReply
{
    /// <summary>How every simulated message begins.</summary>
    public const string Mark = "[simulated]";

    private const string Disclaimer = $"{Mark} No model wrote this; it is made from the words of the prompt.";

    // Long lines are cut where they are quoted, with a mark that says so.
    private const int QuoteLength = 120;

    private const int MostFindings = 4;

    private static readonly string[] Severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "NOTE"];

    private static readonly string[] Verdicts =
    [
        "Worth a second look before it is merged.",
        "Small steps, easy to follow; the points above would make it safer.",
        "I would merge this once the first point is settled.",
        "The direction is right; the points above are about the edges.",
    ];

    private static readonly string[] Answers =
    [
        "I would start with the smallest part that can be tried, and look at what it shows.",
        "It depends on who has to live with the result; ask them first.",
        "Two things pull in opposite directions here, and naming them is half the answer.",
        "I see it differently: the constraint is the interesting part.",
        "Let us write down what would change our minds, then decide.",
    ];

    public static string To(IReadOnlyList<ChatMessage> messages)
    {
        var system = messages.FirstOrDefault(m => m.Role == ChatRole.System)?.Text ?? "";
        var asked = messages.LastOrDefault(m => m.Role == ChatRole.User)?.Text ?? "";
        var seed = Seed(messages);
        if (system.Contains("summar", StringComparison.OrdinalIgnoreCase))
            return Summary(asked, seed);
        return AddedLine.FindAll(asked) is { Count: > 0 } lines ? Review(SimulatedLens.Of(system), lines, seed) : Answer(messages, system, asked, seed);
    }

    /// <summary>An object that fits a schema, as JSON.</summary>
    public static string DataFor(IReadOnlyList<ChatMessage> messages, JsonElement schema)
    {
        var asked = messages.LastOrDefault(m => m.Role == ChatRole.User)?.Text ?? "";
        var seed = Seed(messages);
        return SimulatedData.Make(schema, $"You said: \"{Quote(asked.ReplaceLineEndings(" ").Trim())}\" {Pick(Answers, seed)}", seed);
    }

    private static string Review(SimulatedLens lens, IReadOnlyList<AddedLine> lines, uint seed)
    {
        var files = lines.Select(l => l.File).Distinct(StringComparer.Ordinal).ToList();
        var text = new StringBuilder($"{Disclaimer}\n\n{lens.Name}: {lines.Count} added {(lines.Count == 1 ? "line" : "lines")} in {Listed(files)}.\n");
        var number = 0;
        foreach (var line in Choose(lens, lines, seed))
        {
            var rule = lens.RuleFor(line.Text);
            text.Append($"\n{++number}. [{rule?.Severity ?? "NOTE"}] {line.File}:{line.Number}\n   > {Quote(line.Text)}\n   {rule?.Remark ?? lens.Otherwise}\n");
        }

        return text.Append($"\n{Pick(Verdicts, seed)}").ToString();
    }

    // What the rules find most severe comes first; one finding for each rule, so that ten inputs without a label are one point. A diff
    // that no rule fits gets a remark on a line that the seed chooses.
    private static List<AddedLine> Choose(SimulatedLens lens, IReadOnlyList<AddedLine> lines, uint seed)
    {
        var found = lines.Select(line => (Line: line, Rule: lens.RuleFor(line.Text))).Where(f => f.Rule is not null)
            .DistinctBy(f => f.Rule)
            .OrderBy(f => lens.Rules.TakeWhile(r => r != f.Rule).Count())
            .Take(MostFindings).Select(f => f.Line).ToList();
        if (found.Count > 0)
            return found;
        var wordy = lines.Where(l => l.Text.Length > 3).ToList();
        return wordy.Count == 0 ? [lines[0]] : [wordy[(int)(seed % (uint)wordy.Count)]];
    }

    private static string Summary(string asked, uint seed)
    {
        var reviewers = ReviewBy().Matches(asked).Select(m => m.Groups["reviewer"].Value).Distinct(StringComparer.Ordinal).ToList();
        var findings = Finding().Matches(asked).Select(m => (Severity: m.Groups["severity"].Value, Place: m.Groups["place"].Value)).ToList();
        var text = new StringBuilder($"{Disclaimer}\n\nSummary of the {(reviewers.Count == 1 ? "review" : "reviews")} by {Listed(reviewers)}.");
        foreach (var severity in findings.GroupBy(f => f.Severity).OrderBy(g => Array.IndexOf(Severities, g.Key)))
            text.Append($"\n- {severity.Key}: {string.Join(", ", severity.Select(f => f.Place).Distinct(StringComparer.Ordinal))}");
        return text.Append($"\n{Pick(Verdicts, seed)}").ToString();
    }

    private static string Answer(IReadOnlyList<ChatMessage> messages, string system, string asked, uint seed)
    {
        var turn = messages.Count(m => m.Role == ChatRole.Assistant) + 1;
        // By who speaks, so that the turns of one agent take turns in what they say.
        if (SimulatedTalk.Say(system, asked, turn, Seed([.. messages.Take(1)])) is { } said)
            return said;

        return $"{Disclaimer}\n\nTurn {turn}. You said: \"{Quote(asked.ReplaceLineEndings(" ").Trim())}\" {Pick(Answers, seed)}";
    }

    private static string Quote(string text) => text.Length <= QuoteLength ? text : text[..QuoteLength] + "…";

    private static string Listed(List<string> names) => names.Count switch
    {
        0 => "nobody",
        1 => names[0],
        <= 5 => $"{string.Join(", ", names[..^1])} and {names[^1]}",
        _ => $"{string.Join(", ", names[..4])} and {names.Count - 4} more",
    };

    private static string Pick(string[] sentences, uint seed) => sentences[seed % (uint)sentences.Length];

    private static uint Seed(IReadOnlyList<ChatMessage> messages)
    {
        var all = string.Join('\0', messages.Select(m => $"{m.Role.Value}\0{m.Text}"));
        return BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    [GeneratedRegex(@"\breview by (?<reviewer>[\w.-]{1,80})", RegexOptions.IgnoreCase, 250)]
    private static partial Regex ReviewBy();

    [GeneratedRegex(@"\[(?<severity>CRITICAL|HIGH|MEDIUM|LOW|NOTE)\] (?<place>\S{1,200}:\d{1,7})", RegexOptions.None, 250)]
    private static partial Regex Finding();
}
