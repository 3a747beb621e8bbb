using Jint.Native;

namespace LlmOrc.Workflows.Expressions;

/// <summary>The groups of a JavaScript pattern that was converted to .NET's, whose own count and names differ.</summary>
internal readonly record struct PatternGroups(JsRegExp Pattern, int Count)
{
// Both members go with the conversion itself in the parser's next major version; patterns then are no Regex any more and this is unused.
#pragma warning disable CS0618
    public static PatternGroups Of(JsRegExp pattern) => new(pattern, pattern.ParseResult.ActualRegexGroupCount);

    /// <summary>The name of a group, or null.</summary>
    public string? NameOf(int group) => Pattern.ParseResult.GetRegexGroupName(group) is { Length: > 0 } name && !char.IsAsciiDigit(name[0]) ? name : null;
#pragma warning restore CS0618
}
