using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace LlmOrc.Workflows.Expressions;

/// <summary>The second argument of replace: a text with $-references or a function, whose results are counted.</summary>
internal sealed class Replacement
{
    private readonly Engine _engine;
    private readonly JavaScriptBudget _budget;
    private readonly string _text;
    private readonly JsValue? _function;
    private readonly string _template = "";
    private long _produced;

    private Replacement(Engine engine, JavaScriptBudget budget, string text, JsValue value)
    {
        _engine = engine;
        _budget = budget;
        _text = text;
        if (value.IsCallable())
        {
            _function = value;
        }
        else
        {
            _template = TypeConverter.ToString(value);
        }
    }

    /// <summary>Puts counted functions in place of String.prototype's replace and replaceAll; those of patterns are guarded apart.</summary>
    public static void Install(Engine engine, JavaScriptBudget budget)
    {
        var prototype = engine.Global.Get("String").Get("prototype").AsObject();
        foreach (var name in new[] { "replace", "replaceAll" })
        {
            var native = prototype.Get(name);
            prototype.Replace(name, 2, (thisValue, arguments) =>
            {
                if (thisValue is JsUndefined or JsNull || arguments.At(0) is ObjectInstance)
                {
                    return engine.Call(native, thisValue, arguments);
                }

                var text = TypeConverter.ToString(thisValue);
                return engine.Call(native, JsString.Create(text), [arguments.At(0), Of(engine, budget, text, arguments.At(1)).AsFunction()]);
            });
        }
    }

    public static Replacement Of(Engine engine, JavaScriptBudget budget, string text, JsValue value) => new(engine, budget, text, value);

    /// <summary>What takes the place of a match that .NET's engine found.</summary>
    public string For(Match match, PatternGroups groups)
    {
        if (_function is null && !_template.Contains('$', StringComparison.Ordinal))
        {
            return Count(_template);
        }

        var arguments = new List<JsValue> { JsString.Create(match.Value) };
        var names = default(JsObject);
        for (var group = 1; group < groups.Count; group++)
        {
            var capture = match.Groups[group];
            JsValue value = capture.Success ? JsString.Create(capture.Value) : JsValue.Undefined;
            arguments.Add(value);
            if (groups.NameOf(group) is { } name)
            {
                names ??= new JsObject(_engine);
                names.Set(name, value);
            }
        }

        arguments.Add(JsNumber.Create(match.Index));
        arguments.Add(JsString.Create(_text));
        if (names is not null)
        {
            arguments.Add(names);
        }

        return Replace([.. arguments]);
    }

    /// <summary>A function for the natives, which call it for every match.</summary>
    public JsValue AsFunction() => new ClrFunction(_engine, "", (_, arguments) =>
    {
        _budget.CheckStep();
        return JsString.Create(Replace(arguments));
    });

    private string Replace(JsValue[] arguments) => Count(_function is null
        ? Expand(arguments)
        : TypeConverter.ToString(_engine.Call(_function, JsValue.Undefined, arguments)));

    private string Count(string part)
    {
        _produced += part.Length;
        _budget.CheckString(_produced);
        return part;
    }

    /// <summary>GetSubstitution of the language: $$, $&amp;, $`, $', $1 to $99, $&lt;name&gt;.</summary>
    private string Expand(JsValue[] arguments)
    {
        var names = arguments[^1] as JsObject;
        var offsetAt = arguments.Length - (names is null ? 2 : 3);
        var match = arguments[0].ToString();
        var offset = (int)arguments[offsetAt].AsNumber();
        var expanded = new StringBuilder();
        for (var i = 0; i < _template.Length; i++)
        {
            var next = i + 1 < _template.Length ? _template[i + 1] : '\0';
            if (_template[i] != '$' || next == '\0')
            {
                expanded.Append(_template[i]);
                continue;
            }

            i++;
            switch (next)
            {
                case '$':
                    expanded.Append('$');
                    break;
                case '&':
                    expanded.Append(match);
                    break;
                case '`':
                    expanded.Append(_text, 0, offset);
                    break;
                case '\'':
                    var after = Math.Min(_text.Length, offset + match.Length);
                    expanded.Append(_text, after, _text.Length - after);
                    break;
                case '<' when names is not null && _template.IndexOf('>', i) is var close and > 0:
                    var named = names.Get(_template[(i + 1)..close]);
                    expanded.Append(named.IsUndefined() ? "" : TypeConverter.ToString(named));
                    i = close;
                    break;
                case >= '0' and <= '9' when TryGroup(i, offsetAt - 1, out var group, out var digits):
                    expanded.Append(arguments[group].IsUndefined() ? "" : TypeConverter.ToString(arguments[group]));
                    i += digits - 1;
                    break;
                default:
                    expanded.Append('$').Append(next);
                    break;
            }

            _budget.CheckString(_produced + expanded.Length);
        }

        return expanded.ToString();
    }

    /// <summary>Two digits if there is such a group, else one.</summary>
    private bool TryGroup(int at, int groups, out int group, out int digits)
    {
        for (digits = 2; digits > 0; digits--)
        {
            if (at + digits <= _template.Length
                && int.TryParse(_template.AsSpan(at, digits), NumberStyles.None, CultureInfo.InvariantCulture, out group)
                && group > 0
                && group <= groups)
            {
                return true;
            }
        }

        group = 0;
        return false;
    }
}
