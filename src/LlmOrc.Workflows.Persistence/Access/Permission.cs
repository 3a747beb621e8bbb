using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Persistence.Access;

/// <summary>
/// What a key may do. The names are Elsa's where Elsa has one, so that a key means the same on both. A key's <c>*</c> allows everything, its
/// <c>read:*</c> everything that begins so.
/// </summary>
public static partial class Permission
{
    public const string Everything = "*";
    public const string ReadWorkflows = "read:workflow-definitions";
    public const string StartWorkflows = "exec:workflow-definitions";
    public const string ReadRuns = "read:workflow-instances";
    public const string CancelRuns = "cancel:workflow-instances";
    public const string RetryRuns = "run:alterations";
    public const string AnswerQuestions = "tasks:complete";

    /// <summary>Ours: Elsa has no conversations.</summary>
    public const string Speak = "write:conversations";

    /// <summary>Ours, too.</summary>
    public const string ReadMetrics = "read:metrics";

    /// <summary>Those that the server asks for, and what each is for. A workflow's HTTP endpoint may ask for others.</summary>
    public static IReadOnlyList<(string Name, string Allows)> Known { get; } =
    [
        (Everything, "everything"),
        (ReadWorkflows, "see which workflows there are"),
        (StartWorkflows, "start workflows"),
        (ReadRuns, "see runs, what was said in them and what they wait for; watch them"),
        (CancelRuns, "end runs"),
        (RetryRuns, "go on with runs that faulted or were interrupted"),
        (AnswerQuestions, "answer what runs ask"),
        (Speak, "speak in conversations"),
        (ReadMetrics, "read the metrics"),
    ];

    /// <param name="held">What a key has.</param>
    /// <param name="needed">What is asked for.</param>
    public static bool Allows(IEnumerable<string> held, string needed) =>
        held.Any(h => h == Everything || h == needed || (h.EndsWith(":*", StringComparison.Ordinal) && needed.StartsWith(h[..^1], StringComparison.Ordinal)));

    /// <summary>Whether it can be a permission at all, known or not.</summary>
    public static bool IsWellFormed(string name) => name == Everything || Shape().IsMatch(name);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9._-]{0,63}(:[A-Za-z0-9._-]{1,64}){0,4}(:\*)?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Shape();
}
