using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Parts of messages that say what the author may have meant.</summary>
internal static class Meant
{
    // Comparing a name with thousands of others, thousands of times, would cost seconds; nobody mistypes among so many.
    private const int MostCandidates = 500;

    /// <summary><c> Did you mean 'X'?</c>, or nothing.</summary>
    public static string Instead(string name, IEnumerable<string> known)
    {
        var closest = Similarity.Closest(name, known.Take(MostCandidates), 1);
        return closest.Count == 0 ? "" : $" Did you mean '{closest[0]}'?";
    }

    /// <summary>Enough of a name from outside to recognise it.</summary>
    public static string Shortened(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
