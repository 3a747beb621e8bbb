using System.Globalization;
using System.Text;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Writes JavaScript values as JSON with the rules of JSON.stringify, under a limit of characters and depth. It serves
/// JSON.stringify itself and every value that leaves the sandbox. The interpreter's own knows no size limit, and a
/// hundred thousand references to one long string are cheap to hold and not to write. Halves of characters are escaped for a
/// script and replaced by U+FFFD for the host, whose readers refuse them.
/// </summary>
internal sealed class JavaScriptJson(Engine engine, JavaScriptBudget budget, int maxLength, bool forScript)
{
    private static readonly JsonElement True = JsonElement.Parse("true");
    private static readonly JsonElement False = JsonElement.Parse("false");
    private static readonly JsonElement Null = JsonElement.Parse("null");

    private readonly StringBuilder _text = new();
    private readonly HashSet<ObjectInstance> _open = new(ReferenceEqualityComparer.Instance);
    private JsValue? _replacer;
    private List<string>? _allowedKeys;
    private string _gap = "";

    /// <summary>
    /// A value as JSON. Undefined stays undefined, NaN and the infinities become null, dates ISO 8601 text; functions and
    /// symbols inside objects are left out, as in JSON.stringify; as the whole value they are an error.
    /// </summary>
    /// <exception cref="JavaScriptLimitException">The value is too large or too deep.</exception>
    /// <exception cref="JavaScriptResultException">The value is a function, a symbol, or holds itself.</exception>
    public static JsonElement ToElement(Engine engine, JavaScriptBudget budget, JsValue value, int maxLength)
    {
        switch (value)
        {
            case JsUndefined:
                return default;
            case JsNull:
                return Null;
            case JsBoolean:
                return value.AsBoolean() ? True : False;
            case JsNumber:
                var number = value.AsNumber();
                return double.IsFinite(number) ? JsonSerializer.SerializeToElement(number) : Null;
            case JsString:
                CheckLength(value.ToString().Length, maxLength);
                return JsonSerializer.SerializeToElement(value.ToString());
            case JsSymbol:
                throw new JavaScriptResultException("the result is a symbol");
            default:
                break;
        }

        var json = new JavaScriptJson(engine, budget, maxLength, forScript: false).Write(value)
            ?? throw new JavaScriptResultException(value.IsCallable() ? "the result is a function" : "the result has no JSON form");
        return JsonElement.Parse(json);
    }

    /// <summary>JSON.stringify(value, replacer, space); null where that returns undefined.</summary>
    public string? Stringify(JsValue value, JsValue replacer, JsValue space)
    {
        if (replacer.IsCallable())
        {
            _replacer = replacer;
        }
        else if (replacer is JsArray keys)
        {
            _allowedKeys = keys.Where(key => key.IsString() || key.IsNumber()).Select(TypeConverter.ToString).Distinct(StringComparer.Ordinal).ToList();
        }

        _gap = space switch
        {
            JsNumber => new string(' ', (int)Math.Clamp(space.AsNumber(), 0, 10)),
            JsString => space.ToString() is var text && text.Length > 10 ? text[..10] : space.ToString(),
            _ => "",
        };
        return Write(value);
    }

    private string? Write(JsValue value)
    {
        var holder = _replacer is null ? null : new JsObject(engine);
        holder?.Set("", value, holder);
        return TryWrite("", value, holder) ? _text.ToString() : null;
    }

    private bool TryWrite(string key, JsValue value, ObjectInstance? holder)
    {
        value = Replace(key, value, holder);
        switch (value)
        {
            case JsNull:
                Append("null");
                return true;
            case JsBoolean:
                Append(value.AsBoolean() ? "true" : "false");
                return true;
            case JsString:
                AppendQuoted(value.ToString());
                return true;
            case JsNumber:
                Append(double.IsFinite(value.AsNumber()) ? TypeConverter.ToString(value) : "null");
                return true;
            case ObjectInstance instance when !value.IsCallable():
                WriteContainer(instance);
                return true;
            default:
                return false;
        }
    }

    private JsValue Replace(string key, JsValue value, ObjectInstance? holder)
    {
        if (value is ObjectInstance && value.Get("toJSON") is var toJson && toJson.IsCallable())
        {
            value = engine.Call(toJson, value, [JsString.Create(key)]);
        }

        if (_replacer is not null && holder is not null)
        {
            value = engine.Call(_replacer, holder, [JsString.Create(key), value]);
        }

        return value is IJsPrimitive wrapped and ObjectInstance ? wrapped.PrimitiveValue : value;
    }

    private void WriteContainer(ObjectInstance instance)
    {
        budget.Check();
        if (_open.Count >= budget.Limits.MaxValueDepth)
        {
            throw JavaScriptBudget.LimitReached($"a value nests deeper than {budget.Limits.MaxValueDepth}");
        }

        if (!_open.Add(instance))
        {
            throw new JavaScriptResultException("a value that holds itself has no JSON form");
        }

        if (instance.IsArray())
        {
            WriteArray(instance);
        }
        else
        {
            WriteObject(instance);
        }

        _open.Remove(instance);
    }

    private void WriteArray(ObjectInstance array)
    {
        var length = TypeConverter.ToLength(array.Get("length"));
        Append("[");
        for (ulong index = 0; index < length; index++)
        {
            budget.Check();
            BeginMember(index == 0);
            var key = index.ToString(CultureInfo.InvariantCulture);
            var item = array is JsArray dense ? dense[(uint)index] : array.Get(key);
            if (!TryWrite(key, item, array))
            {
                Append("null");
            }
        }

        End(length == 0, "]");
    }

    private void WriteObject(ObjectInstance instance)
    {
        Append("{");
        var isFirst = true;
        foreach (var key in _allowedKeys ?? OwnKeys(instance))
        {
            budget.Check();
            var mark = _text.Length;
            BeginMember(isFirst);
            AppendQuoted(key);
            Append(_gap.Length == 0 ? ":" : ": ");
            if (TryWrite(key, instance.Get(key), instance))
            {
                isFirst = false;
            }
            else
            {
                _text.Length = mark;
            }
        }

        End(isFirst, "}");
    }

    private static List<string> OwnKeys(ObjectInstance instance)
    {
        var keys = new List<string>();
        foreach (var key in instance.GetOwnPropertyKeys(Types.String))
        {
            if (instance.GetOwnProperty(key) is { Enumerable: true })
            {
                keys.Add(key.ToString());
            }
        }

        return keys;
    }

    private void BeginMember(bool isFirst)
    {
        if (!isFirst)
        {
            Append(",");
        }

        NewLine(_open.Count);
    }

    private void End(bool isEmpty, string bracket)
    {
        if (!isEmpty)
        {
            NewLine(_open.Count - 1);
        }

        Append(bracket);
    }

    private void NewLine(int depth)
    {
        if (_gap.Length == 0)
        {
            return;
        }

        Append("\n");
        for (var i = 0; i < depth; i++)
        {
            Append(_gap);
        }
    }

    private void AppendQuoted(string text)
    {
        CheckLength(_text.Length + text.Length + 2L, maxLength);
        _text.Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (char.IsHighSurrogate(character) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                _text.Append(character).Append(text[++i]);
                continue;
            }

            _ = character switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                _ when char.IsSurrogate(character) && !forScript => _text.Append('\uFFFD'),
                _ when char.IsSurrogate(character) || character < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => _text.Append(character),
            };
        }

        Append("\"");
    }

    private void Append(string text)
    {
        _text.Append(text);
        CheckLength(_text.Length, maxLength);
    }

    private static void CheckLength(long length, int maxLength)
    {
        if (length > maxLength)
        {
            throw JavaScriptBudget.LimitReached($"a value is longer than {maxLength} characters of JSON");
        }
    }
}
