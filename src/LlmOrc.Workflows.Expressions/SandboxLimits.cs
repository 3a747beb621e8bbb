namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// What one evaluation of an expression or one rendering of a template may use. Both sandboxes take the same limits;
/// going over one of them throws an <see cref="ExpressionException"/> of kind <see cref="ExpressionErrorKind.Limit"/>.
/// </summary>
public sealed record SandboxLimits
{
    /// <summary>The limits of this documentation.</summary>
    public static SandboxLimits Standard { get; } = new();

    /// <summary>
    /// Wall time of one evaluation or rendering. The default is 1 second: an expression takes microseconds, and a
    /// thread that waits for one is taken from all other instances.
    /// </summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Bytes that one evaluation of JavaScript may allocate on its thread, garbage included, besides the values that the
    /// host brings in. The default is 16 MiB. A template gets <see cref="TemplateMemoryBytes"/>.
    /// </summary>
    public long MemoryBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes that one rendering may allocate on its thread, garbage included. The default is 32 MiB: a diff of a few
    /// megabytes passes through a filter and the output buffer, each time copied.
    /// </summary>
    public long TemplateMemoryBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>JavaScript statements of one evaluation. The default is 1,000,000, more than a second allows most scripts.</summary>
    public int MaxStatements { get; init; } = 1_000_000;

    /// <summary>Depth of JavaScript and template function calls. The default is 64, which fits every stack of ours many times.</summary>
    public int MaxRecursion { get; init; } = 64;

    /// <summary>
    /// Time of one regular expression operation. The default is 250 ms, so that a handful of bad matches stays within
    /// <see cref="WallTime"/>.
    /// </summary>
    public TimeSpan RegexTime { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Elements of a JavaScript array or list of arguments. The default is 100,000: a million pointers would be half the memory.</summary>
    public int MaxArrayLength { get; init; } = 100_000;

    /// <summary>
    /// Characters of one string that a script or template builds. The default is 4 Mi characters (8 MiB): a pull
    /// request's diff of some megabytes must pass.
    /// </summary>
    public int MaxStringLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>Characters of a script or template. The default is 64 Ki; the source is refused before a parser sees it.</summary>
    public int MaxSourceLength { get; init; } = 64 * 1024;

    /// <summary>
    /// Nesting of brackets and blocks in a source, and of prefix operators in a template. The default is 64; deeper
    /// sources are refused before a parser sees them, because parsers recurse and a stack overflow ends the process.
    /// </summary>
    public int MaxNesting { get; init; } = 64;

    /// <summary>
    /// Characters of an expression's result as JSON, or of a text that a template expression gives. The default is 1 Mi:
    /// results are stored in the instance.
    /// </summary>
    public int MaxExpressionOutput { get; init; } = 1024 * 1024;

    /// <summary>
    /// Characters of a rendered prompt. The default is 4 Mi, about a million tokens, which holds the diff of a large
    /// pull request.
    /// </summary>
    public int MaxPromptOutput { get; init; } = 4 * 1024 * 1024;

    /// <summary>Nesting of objects and arrays that cross the border of a sandbox. The default is 64, as System.Text.Json has it.</summary>
    public int MaxValueDepth { get; init; } = 64;

    /// <summary>
    /// Loop iterations of one rendering, summed over all its loops and list functions. The default is 10,000, enough to
    /// list the files of the largest pull requests.
    /// </summary>
    public int MaxTemplateSteps { get; init; } = 10_000;

    /// <summary>Nesting of included templates. The default is 16.</summary>
    public int MaxIncludeDepth { get; init; } = 16;

    /// <summary>Parsed sources each sandbox keeps. The default is 512; when full, the half not used lately is forgotten.</summary>
    public int MaxCachedSources { get; init; } = 512;
}
