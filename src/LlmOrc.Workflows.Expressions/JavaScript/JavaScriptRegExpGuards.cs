using System.Text;
using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Native.Symbol;
using Jint.Runtime;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Replacing, splitting and matching with the clock and the size looked at after every match: each match may take up to
/// the regular expression limit, and the natives look only after ten thousand. A replacement text may also refer to the
/// whole text before or after each match, which grows quadratically.
/// </summary>
internal sealed class JavaScriptRegExpGuards
{
    private readonly Engine _engine;
    private readonly JavaScriptBudget _budget;
    private readonly JsValue _exec;

    private JavaScriptRegExpGuards(Engine engine, JavaScriptBudget budget, ObjectInstance prototype)
    {
        _engine = engine;
        _budget = budget;
        var nativeExec = prototype.Get("exec");

        // A replaced exec also makes the natives take their general path, which calls it for every match.
        prototype.Replace("exec", 1, (thisValue, arguments) =>
        {
            budget.CheckStep();
            return engine.Call(nativeExec, thisValue, arguments);
        });
        _exec = prototype.Get("exec");
    }

    public static void Install(Engine engine, JavaScriptBudget budget)
    {
        var prototype = engine.Intrinsics.RegExp.Get("prototype").AsObject();
        new JavaScriptRegExpGuards(engine, budget, prototype).GuardRegExp(prototype);
    }

    private void GuardRegExp(ObjectInstance prototype)
    {
        var nativeReplace = prototype.Get(GlobalSymbolRegistry.Replace);
        prototype.Replace(GlobalSymbolRegistry.Replace, 2, (thisValue, arguments) =>
        {
            var text = TypeConverter.ToString(arguments.At(0));
            var replacement = Replacement.Of(_engine, _budget, text, arguments.At(1));
            return IsSimple(thisValue) && thisValue is JsRegExp { Global: true } pattern
                ? ReplaceAll(pattern, text, replacement)
                : _engine.Call(nativeReplace, thisValue, [JsString.Create(text), replacement.AsFunction()]);
        });

        var nativeMatch = prototype.Get(GlobalSymbolRegistry.Match);
        prototype.Replace(GlobalSymbolRegistry.Match, 1, (thisValue, arguments) =>
        {
            var text = TypeConverter.ToString(arguments.At(0));
            return IsSimple(thisValue) && thisValue is JsRegExp { Global: true } pattern
                ? MatchAll(pattern, text)
                : _engine.Call(nativeMatch, thisValue, [JsString.Create(text)]);
        });

        var nativeSplit = prototype.Get(GlobalSymbolRegistry.Split);
        prototype.Replace(GlobalSymbolRegistry.Split, 2, (thisValue, arguments) =>
        {
            var text = TypeConverter.ToString(arguments.At(0));
            return IsSimple(thisValue) && thisValue is JsRegExp pattern && text.Length > 0
                ? Split(pattern, text, arguments.At(1))
                : _engine.Call(nativeSplit, thisValue, [JsString.Create(text), arguments.At(1)]);
        });
    }

    /// <summary>
    /// Whether the pattern runs on .NET's engine with nothing changed about it, so that its matches can be walked here;
    /// case folding, Unicode modes and sticky patterns are left to the interpreter's general path.
    /// </summary>
    private bool IsSimple(JsValue value) =>
        value is JsRegExp { IgnoreCase: false, FullUnicode: false, Sticky: false } pattern
        && pattern.ParseResult.ConversionResult is Regex
        && ReferenceEquals(pattern.Get("exec"), _exec)
        && ReferenceEquals(pattern.Get("constructor"), _engine.Intrinsics.RegExp);

    private JsString ReplaceAll(JsRegExp pattern, string text, Replacement replacement)
    {
        pattern.Set("lastIndex", JsNumber.Create(0), throwOnError: true);
        var result = new StringBuilder();
        var copied = 0;
        var groups = PatternGroups.Of(pattern);
        for (var match = pattern.Value.Match(text); match.Success; match = match.NextMatch())
        {
            _budget.CheckStep();
            result.Append(text, copied, match.Index - copied);
            result.Append(replacement.For(match, groups));
            copied = match.Index + match.Length;
            _budget.CheckString((long)result.Length + (text.Length - copied));
        }

        return JsString.Create(result.Append(text, copied, text.Length - copied).ToString());
    }

    private JsValue MatchAll(JsRegExp pattern, string text)
    {
        pattern.Set("lastIndex", JsNumber.Create(0), throwOnError: true);
        var found = new List<JsValue>();
        foreach (var match in pattern.Value.EnumerateMatches(text))
        {
            _budget.CheckStep();
            Add(found, text.Substring(match.Index, match.Length));
        }

        return found.Count == 0 ? JsValue.Null : new JsArray(_engine, [.. found]);
    }

    private JsArray Split(JsRegExp pattern, string text, JsValue limitValue)
    {
        var limit = limitValue.IsUndefined() ? uint.MaxValue : TypeConverter.ToUint32(limitValue);
        var groups = PatternGroups.Of(pattern).Count;
        if (groups == 1)
        {
            return SplitWithoutGroups(pattern.Value, text, limit);
        }

        var pieces = new List<JsValue>();
        var start = 0;
        for (var match = pattern.Value.Match(text); match.Success && pieces.Count < limit; match = match.NextMatch())
        {
            _budget.CheckStep();
            if (match.Length == 0 && (match.Index == start || match.Index == text.Length))
            {
                continue;
            }

            Add(pieces, text[start..match.Index]);
            for (var group = 1; group < groups && pieces.Count < limit; group++)
            {
                Add(pieces, match.Groups[group].Success ? match.Groups[group].Value : null);
            }

            start = match.Index + match.Length;
        }

        if (pieces.Count < limit)
        {
            Add(pieces, text[start..]);
        }

        return new JsArray(_engine, [.. pieces]);
    }

    /// <summary>The usual case, such as lines of a diff, without an object for each match.</summary>
    private JsArray SplitWithoutGroups(Regex pattern, string text, uint limit)
    {
        var pieces = new List<JsValue>();
        var start = 0;
        foreach (var match in pattern.EnumerateMatches(text))
        {
            if (pieces.Count >= limit)
            {
                break;
            }

            _budget.CheckStep();
            if (match.Length == 0 && (match.Index == start || match.Index == text.Length))
            {
                continue;
            }

            Add(pieces, text[start..match.Index]);
            start = match.Index + match.Length;
        }

        if (pieces.Count < limit)
        {
            Add(pieces, text[start..]);
        }

        return new JsArray(_engine, [.. pieces]);
    }

    private void Add(List<JsValue> list, string? item)
    {
        if (list.Count >= _budget.Limits.MaxArrayLength)
        {
            throw JavaScriptBudget.LimitReached($"a list would have more than {_budget.Limits.MaxArrayLength} elements");
        }

        _budget.Check();
        list.Add(item is null ? JsValue.Undefined : JsString.Create(item));
    }
}
