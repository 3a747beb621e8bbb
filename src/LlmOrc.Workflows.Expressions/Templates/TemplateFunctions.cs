using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Scriban.Functions;
using Scriban.Runtime;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// The functions of templates: Scriban's, reviewed one by one, without those that parse text as code, with those counted
/// that can make much out of little within one call. One read-only set per dialect is shared by all renderings.
/// </summary>
internal static class TemplateFunctions
{
    // How many characters the functions make of one at most.
    private static readonly Dictionary<string, int> TextGrowth = new(StringComparer.Ordinal)
    {
        ["html.escape"] = 6, ["html.url_encode"] = 9, ["html.url_escape"] = 9, ["html.newline_to_br"] = 8,
        ["string.escape"] = 6, ["string.literal"] = 6, ["string.base64_encode"] = 3,
    };

    private static readonly string[] LiquidNamesOfHtml = ["escape", "escape_once", "url_encode", "newline_to_br"];

    private const int SmallText = 1024;

    // Patterns are written by people; parsing a huge one takes a hundred times its size.
    private const int MaxPattern = 10_000;
    private const int LargestGrowth = 9;

    public static ScriptObject For(TemplateDialect dialect, bool hasIncludes, TimeProvider time)
    {
        ScriptObject builtins = dialect == TemplateDialect.Liquid ? new LiquidBuiltinsFunctions() : new BuiltinFunctions();
        RemoveEvaluation(builtins);
        GuardText(builtins);
        GuardLists(builtins);
        GuardIncludes(builtins, hasIncludes);
        ReplaceJson(builtins);
        var dates = (DateTimeFunctions)builtins["date"]!;
        dates.SetValue("now", new TemplateFunction(0, (_, _, _) => time.GetUtcNow().UtcDateTime), readOnly: true);
        if (dialect == TemplateDialect.Liquid)
        {
            AddLiquidFilters(builtins, dates, time);
        }

        MakeReadOnly(builtins);
        return builtins;
    }

    /// <summary>A text that came with the data must never become code.</summary>
    private static void RemoveEvaluation(ScriptObject builtins)
    {
        var functions = (ScriptObject)builtins["object"]!;
        functions.Remove("eval");
        functions.Remove("eval_template");
    }

    private static void GuardText(ScriptObject builtins)
    {
        foreach (var (path, growth) in TextGrowth)
        {
            var (group, name) = (path[..path.IndexOf('.')], path[(path.IndexOf('.') + 1)..]);
            GuardGrowth((ScriptObject)builtins[group]!, name, growth);
        }

        foreach (var name in LiquidNamesOfHtml)
        {
            GuardGrowth(builtins, name, LargestGrowth);
        }
    }

    private static void GuardGrowth(ScriptObject owner, string name, int growth)
    {
        if (owner.TryGetValue(name, out var found) && found is IScriptCustomFunction native)
        {
            owner.SetValue(
                name,
                new CheckedTemplateFunction(native, (context, node, arguments) =>
                {
                    if (arguments.Count > 0 && arguments[0] is string { Length: > SmallText } text)
                    {
                        context.Budget.CheckString(node, (long)text.Length * growth);
                    }
                }),
                readOnly: true);
        }
    }

    private static void GuardLists(ScriptObject builtins)
    {
        var split = new TemplateFunction(2, Split);
        ((ScriptObject)builtins["string"]!).SetValue("split", split, readOnly: true);
        if (builtins.ContainsKey("split"))
        {
            builtins.SetValue("split", split, readOnly: true);
        }

        var regex = (ScriptObject)builtins["regex"]!;
        var match = (IScriptCustomFunction)regex["match"]!;
        regex.SetValue("match", new CheckedTemplateFunction(match, (_, node, arguments) => CheckPattern(node, arguments.Count > 1 ? arguments[1] as string : null)), readOnly: true);
        regex.SetValue("replace", new TemplateFunction(3, RegexReplace), readOnly: true);
        regex.SetValue("matches", new TemplateFunction(2, Matches), readOnly: true);
        regex.SetValue("split", new TemplateFunction(2, RegexSplit), readOnly: true);
    }

    private static void CheckPattern(ScriptNode? node, string? pattern)
    {
        if (pattern is { Length: > MaxPattern })
        {
            throw new TemplateLimitException(node?.Span ?? default, $"a regular expression has more than {MaxPattern} characters");
        }
    }

    private static void GuardIncludes(ScriptObject builtins, bool hasIncludes)
    {
        builtins.Remove("include_join");
        if (!hasIncludes)
        {
            builtins.Remove("include");
            return;
        }

        builtins.SetValue(
            "include",
            new CheckedTemplateFunction(
                new IncludeFunction(),
                (context, node, _) =>
                {
                    if (++context.Budget.IncludeDepth > context.Budget.Limits.MaxIncludeDepth)
                    {
                        throw new TemplateLimitException(
                            node?.Span ?? default, $"templates include each other deeper than {context.Budget.Limits.MaxIncludeDepth}");
                    }
                },
                context => context.Budget.IncludeDepth--),
            readOnly: true);
    }

    private static void ReplaceJson(ScriptObject builtins)
    {
        var functions = (ScriptObject)builtins["object"]!;
        functions.SetValue("to_json", new TemplateFunction(1, ToJson), readOnly: true);
        functions.SetValue("from_json", new TemplateFunction(1, FromJson), readOnly: true);
    }

    private static void AddLiquidFilters(ScriptObject builtins, DateTimeFunctions dates, TimeProvider time)
    {
        builtins.SetValue("date", new TemplateFunction(1, (context, node, arguments) => FormatDate(context, node, arguments, dates, time)), readOnly: true);
        builtins.SetValue("json", new TemplateFunction(1, ToJson), readOnly: true);
        builtins.SetValue("keys", new TemplateFunction(1, (_, _, arguments) => arguments[0] is IScriptObject instance ? new ScriptArray(instance.GetMembers()) : []), readOnly: true);
        builtins.SetValue("base64", new TemplateFunction(1, Base64), readOnly: true);
    }

    /// <summary>Liquid's date filter; a text that is no date comes out as it is, as in Liquid.</summary>
    private static object? FormatDate(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments, DateTimeFunctions dates, TimeProvider time)
    {
        var text = arguments[0] as string;
        DateTime? date = text switch
        {
            "now" or "today" => time.GetUtcNow().UtcDateTime,
            not null => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) ? parsed.DateTime : null,
            null => arguments[0] as DateTime?,
        };
        var format = arguments.Count > 1 ? context.ObjectToString(arguments[1]) ?? "" : "";
        if (date is null || format.Length == 0)
        {
            return arguments[0];
        }

        if (format.Length > SmallText)
        {
            throw new TemplateLimitException(node?.Span ?? default, $"a date format has more than {SmallText} characters");
        }

        return dates.ToString(date, format, context.CurrentCulture);
    }

    private static string Base64(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        context.Budget.CheckString(node, text.Length * 4L);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    }

    private static string ToJson(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments) =>
        TemplateValues.ToJson(arguments[0], context.Budget, context.Budget.Limits.MaxExpressionOutput).GetRawText();

    private static object? FromJson(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        if (text.Length > context.Budget.Limits.MaxExpressionOutput)
        {
            throw new TemplateLimitException(node?.Span ?? default, $"JSON of more than {context.Budget.Limits.MaxExpressionOutput} characters is not read");
        }

        try
        {
            return TemplateValues.Of(JsonElement.Parse(text), context.Budget.Limits);
        }
        catch (JsonException exception)
        {
            throw new ScriptRuntimeException(node?.Span ?? default, "the text is not JSON", exception);
        }
    }

    /// <summary>string.split: pieces that are not empty; without a separator the whole text.</summary>
    private static ScriptArray Split(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        var separator = context.ObjectToString(arguments[1]) ?? "";
        var pieces = new ScriptArray();
        var rest = 0;
        while (separator.Length > 0 && text.IndexOf(separator, rest, StringComparison.Ordinal) is var at and >= 0)
        {
            AddPiece(text[rest..at]);
            rest = at + separator.Length;
        }

        AddPiece(text[rest..]);
        return pieces;

        void AddPiece(string piece)
        {
            if (piece.Length > 0)
            {
                context.Budget.CheckList(node, pieces.Count + 1L);
                pieces.Add(piece);
            }
        }
    }

    private static ScriptArray Matches(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments)
    {
        var found = new ScriptArray();
        ForEachMatch(context, node, arguments, match =>
        {
            context.Budget.CheckList(node, found.Count + 1L);
            found.Add(new ScriptArray(match.Groups.Cast<Group>().Select(group => group.Value)));
        });
        return found;
    }

    private static ScriptArray RegexSplit(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        var pieces = new ScriptArray();
        var rest = 0;
        ForEachMatch(context, node, arguments, match =>
        {
            context.Budget.CheckList(node, pieces.Count + 1L + match.Groups.Count);
            pieces.Add(text[rest..match.Index]);
            foreach (Group group in match.Groups.Cast<Group>().Skip(1).Where(group => group.Success))
            {
                pieces.Add(group.Value);
            }

            rest = match.Index + match.Length;
        });
        pieces.Add(text[rest..]);
        return pieces;
    }

    private static string RegexReplace(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        var replacement = context.ObjectToString(arguments[2]) ?? "";
        var replaced = new StringBuilder();
        var rest = 0;
        ForEachMatch(context, node, arguments, match =>
        {
            var inserted = match.Result(replacement);
            context.Budget.CheckString(node, (long)replaced.Length + match.Index - rest + inserted.Length);
            replaced.Append(text, rest, match.Index - rest).Append(inserted);
            rest = match.Index + match.Length;
        }, optionsAt: 3);
        context.Budget.CheckString(node, (long)replaced.Length + text.Length - rest);
        return replaced.Append(text, rest, text.Length - rest).ToString();
    }

    /// <summary>Looks at the clock and the memory after each match, which may itself take up to the regular expression limit.</summary>
    private static void ForEachMatch(GuardedTemplateContext context, ScriptNode? node, ScriptArray arguments, Action<Match> action, int optionsAt = 2)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        var pattern = context.ObjectToString(arguments[1]) ?? "";
        CheckPattern(node, pattern);
        var regex = new Regex(pattern, OptionsOf(context, arguments.Count > optionsAt ? arguments[optionsAt] : null), context.RegexTimeOut);
        for (var match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            context.Budget.CheckClock(node);
            context.Budget.CheckMemory(node);
            action(match);
        }
    }

    private static RegexOptions OptionsOf(GuardedTemplateContext context, object? letters)
    {
        var options = RegexOptions.None;
        foreach (var letter in letters is null ? "" : context.ObjectToString(letters) ?? "")
        {
            options |= letter switch
            {
                'i' => RegexOptions.IgnoreCase,
                'm' => RegexOptions.Multiline,
                's' => RegexOptions.Singleline,
                'x' => RegexOptions.IgnorePatternWhitespace,
                _ => RegexOptions.None,
            };
        }

        return options;
    }

    private static void MakeReadOnly(ScriptObject builtins)
    {
        foreach (var group in builtins.Values.OfType<ScriptObject>())
        {
            group.IsReadOnly = true;
        }

        builtins.IsReadOnly = true;
    }
}
