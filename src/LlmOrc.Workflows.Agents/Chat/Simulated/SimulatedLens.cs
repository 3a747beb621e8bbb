using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.Chat.Simulated;

/// <summary>What a simulated reviewer of one kind pretends to see, and the words it is recognised by.</summary>
internal sealed partial record SimulatedLens
{
    private static readonly SimulatedLens Security = new()
    {
        Name = "Security",
        Rules =
        [
            new("CRITICAL", ["select ", "insert into", "update ", "delete from"], ["+", "{", "%", "$"], "A statement is put together from text that comes from outside; pass it as a parameter."),
            new("CRITICAL", ["eval(", "exec(", "os.system", "shell=true", "pickle.loads"], [], "This runs what it is given; who decides what that is?"),
            new("HIGH", ["password", "secret", "api_key", "apikey"], [], "A secret passes here; it should neither be stored nor logged as it is."),
            new("HIGH", ["md5", "sha1"], [], "This hash is too fast for what it protects."),
            new("HIGH", ["innerhtml", "|safe", "html.raw"], [], "Text reaches the page without being escaped."),
            new("MEDIUM", ["verify=false", "http://", "debug=true"], [], "A safeguard is switched off here."),
            new("MEDIUM", ["token", "cookie", "session"], [], "Check how long this is valid and who can read it."),
            new("LOW", ["request.", "input(", "args"], [], "Where is this value checked before it is used?"),
        ],
        Otherwise = "No obvious attack; say who may call this and with what.",
    };

    private static readonly SimulatedLens UserExperience = new()
    {
        Name = "User experience",
        Rules =
        [
            new("HIGH", ["<img"], [], "Say in an alt text what the picture shows, or that it only decorates."),
            new("HIGH", ["<input", "<select", "<textarea"], [], "A field needs a label that stays visible; a placeholder is none."),
            new("MEDIUM", ["onclick", "<div role", "<span role"], [], "Can this be reached and used with the keyboard alone?"),
            new("MEDIUM", ["error", "failed", "invalid"], [], "Tell people what happened and what to do next, in their words."),
            new("MEDIUM", ["color:", "background", "opacity"], [], "Check the contrast, and do not let colour alone carry the meaning."),
            new("LOW", ["<button", "<a ", "<h1", "<h2", "title"], [], "Does this text say what happens when it is used?"),
            new("LOW", ["<form", "submit", "loading"], [], "Show that something is happening after it was sent."),
        ],
        Otherwise = "Nothing that a user sees; does it change how long something takes?",
    };

    private static readonly SimulatedLens Code = new()
    {
        Name = "Code quality",
        Rules =
        [
            new("HIGH", ["except:", "except exception", "catch (exception", "catch {"], [], "Every error ends here, also those nobody thought of."),
            new("MEDIUM", ["todo", "fixme", "hack"], [], "Finish this or write down where it is tracked."),
            new("MEDIUM", ["print(", "console.log", "debugger"], [], "This looks like a trace left from trying things out."),
            new("MEDIUM", ["def f(", "def do_", "def process", "def handle", "tmp", "data2", "stuff"], [], "The name does not say what it is for."),
            new("LOW", ["86400", "3600", "1000", "42"], [], "Give this number a name that says why it has this value."),
            new("LOW", ["def ", "class ", "function "], [], "Which test fails when this is wrong?"),
            new("LOW", ["return none", "return null", "pass"], [], "What does a caller learn from this result?"),
        ],
        Otherwise = "Readable; a test that pins the behaviour would keep it so.",
    };

    public required string Name { get; init; }

    public required IReadOnlyList<Rule> Rules { get; init; }

    /// <summary>The remark on a line that no rule fits.</summary>
    public required string Otherwise { get; init; }

    /// <summary>Chooses by what the system message says of the role.</summary>
    public static SimulatedLens Of(string system) =>
        system.Contains("security", StringComparison.OrdinalIgnoreCase) ? Security
        : UserExperienceWords().IsMatch(system) ? UserExperience
        : Code;

    public Rule? RuleFor(string line) => Rules.FirstOrDefault(rule => rule.Fits(line));

    [GeneratedRegex(@"\bux\b|user experience|accessib", RegexOptions.IgnoreCase, 250)]
    private static partial Regex UserExperienceWords();

    /// <param name="Any">One of these is in the line, in any case.</param>
    /// <param name="And">And one of these, unless there are none.</param>
    public sealed record Rule(string Severity, string[] Any, string[] And, string Remark)
    {
        public bool Fits(string line) => Has(line, Any) && (And.Length == 0 || Has(line, And));

        private static bool Has(string line, string[] words) => words.Any(w => line.Contains(w, StringComparison.OrdinalIgnoreCase));
    }
}
