namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>
/// Says which running leaf completes next: the index into <paramref name="running"/>, which lists the node ids of the running
/// leaves in the order in which they started. It is asked only when the work queue is empty. It must be a pure function of its
/// arguments, so that two implementations can be driven by the same chooser.
/// </summary>
/// <param name="choice">How many choices were made before this one in the run.</param>
/// <param name="running">Never empty; a node that runs twice is listed twice.</param>
internal delegate int CompletionChooser(int choice, IReadOnlyList<string> running);

internal static class CompletionOrder
{
    public static CompletionChooser Seeded(int seed) => (choice, running) => (int)(Mixed(seed, choice) % (uint)running.Count);

    /// <summary>Completes the named leaves in this order, and the oldest one when the names are used up.</summary>
    public static CompletionChooser Of(params string[] nodeIds) => (choice, running) =>
        choice >= nodeIds.Length ? 0 : running.ToList().IndexOf(nodeIds[choice]) is var index and >= 0
            ? index
            : throw new ArgumentException($"'{nodeIds[choice]}' is not among the running leaves: {string.Join(", ", running)}.", nameof(nodeIds));

    // A finaliser of the usual multiply-and-shift kind; HashCode would differ from process to process.
    private static uint Mixed(int seed, int choice)
    {
        var bits = unchecked(((uint)seed * 0x9E3779B1u) + ((uint)choice * 0x85EBCA77u) + 1u);
        bits = unchecked((bits ^ (bits >> 16)) * 0x7FEB352Du);
        bits = unchecked((bits ^ (bits >> 15)) * 0x846CA68Bu);
        return bits ^ (bits >> 16);
    }
}
