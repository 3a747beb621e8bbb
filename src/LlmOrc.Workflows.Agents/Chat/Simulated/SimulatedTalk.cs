using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.Chat.Simulated;

/// <summary>
/// What a simulated agent says in a conversation with a topic: a short sentence that fits what it was asked for, seen from one of its
/// specialties. It does not say the same twice in a row.
/// </summary>
internal static partial class SimulatedTalk
{
    private const int TopicLength = 80;
    private const int QuoteLength = 60;

    // {0} is the topic, {1} one of the agent's specialties.
    private static readonly string[] Refinements =
    [
        "Keep it, and add {1}: somebody who looks after that from the first day.",
        "It gets stronger with a limit: a date, a number, and {1} to judge it by.",
        "Let those it is not made for try it first; they will show where {1} is missing.",
        "Halve it: the half that concerns {1} can start tomorrow and carries the rest.",
    ];

    private static readonly string[] Ideas =
    [
        "For \"{0}\": begin with {1}. Try one small version for a week, with the people who would miss it first.",
        "For \"{0}\": turn it round. What would make people ask for it? Build only that, and let {1} decide what comes next.",
        "For \"{0}\": borrow from a good café, a regular place and time, and make {1} visible there.",
        "For \"{0}\": leave one thing out on purpose and put the effort into {1}; the gap shows what is really needed.",
    ];

    private static readonly string[] Questions =
    [
        "What would have to be true for you to say yes to \"{0}\", and what would make you say no?",
        "Which part of \"{0}\" is hardest to undo later, and who should decide it?",
        "If we look back on \"{0}\" in a year and it failed, what was the cause?",
    ];

    private static readonly string[] Conclusions =
    [
        "On \"{0}\": go ahead in one small step that can be undone, and decide again when it is measured. Open: who owns it afterwards.",
        "On \"{0}\": not yet. Two of the points raised can be tried in a week, and their answers decide the rest.",
    ];

    private static readonly string[] Openings =
    [
        "Well met! \"{0}\" has kept me awake, for the sake of {1}. What do you see in it that I cannot?",
        "Good day, friend. When I think of \"{0}\" I think of {1}. Is it the same with you?",
    ];

    private static readonly string[] Answers =
    [
        "As to {1}: yes, if it can be taken back. I would try it where little depends on it and count what happens.",
        "I would put {1} first. What looks like a detail there decides whether people trust the rest.",
        "Two things pull in opposite directions here, and one of them is {1}; naming that is half the answer.",
        "I see it differently: {1} is the constraint, and the constraint is the interesting part.",
        "Let us write down what would change our minds about {1}, then decide.",
    ];

    /// <param name="turn">1 for the first thing the agent says.</param>
    /// <returns>Null where no topic is known.</returns>
    public static string? Say(string system, string asked, int turn, uint seed)
    {
        if (Topic(system, asked) is not { } topic)
            return null;

        var sentences = Sentences(asked);
        var sentence = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, sentences[(seed + (uint)turn) % (uint)sentences.Length], Shortened(topic, TopicLength), Specialty(system, turn));
        // What a person or another model said is taken up; what a simulated agent said would only be quoted in quotes.
        return sentences == Answers && !asked.StartsWith(SimulatedReply.Mark, StringComparison.Ordinal)
            ? $"{SimulatedReply.Mark} On \"{Shortened(asked.ReplaceLineEndings(" ").Trim(), QuoteLength)}\": {char.ToLowerInvariant(sentence[0])}{sentence[1..]}"
            : $"{SimulatedReply.Mark} {sentence}";
    }

    private static string[] Sentences(string asked) =>
        !asked.StartsWith("Topic: ", StringComparison.Ordinal) ? Answers
        : Has(asked, "improve an idea") ? Refinements
        : Has(asked, "one idea") ? Ideas
        : Has(asked, "one question") ? Questions
        : Has(asked, "conclude") ? Conclusions
        : Has(asked, "open a conversation") ? Openings
        : Answers;

    private static bool Has(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static string? Topic(string system, string asked) =>
        TopicLine().Match(asked) is { Success: true } told ? told.Groups["topic"].Value
        : ConversationTopic().Match(system) is { Success: true } known ? known.Groups["topic"].Value
        : null;

    private static string Specialty(string system, int turn) =>
        Specialties().Match(system) is { Success: true } match && match.Groups["one"].Captures is var all ? all[turn % all.Count].Value : "the simplest case";

    private static string Shortened(string text, int length) => text.Length <= length ? text : text[..length] + "…";

    [GeneratedRegex(@"^Topic: (?<topic>\S.{0,400})$", RegexOptions.Multiline, 250)]
    private static partial Regex TopicLine();

    [GeneratedRegex(@"^Its topic: (?<topic>\S.{0,400})$", RegexOptions.Multiline, 250)]
    private static partial Regex ConversationTopic();

    [GeneratedRegex(@"^Specialties:(\n- (?<one>.{1,80}))+$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 250)]
    private static partial Regex Specialties();
}
