using System.Text;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Takes from an engine what the sandbox does not offer, and puts counted functions in place of those natives that can
/// make much out of little within one call, where the interpreter's limits are not asked. What a script cannot reach is
/// left alone, because setting everything up costs ten times an evaluation.
/// </summary>
internal sealed class JavaScriptGuards
{
    /// <summary>
    /// Binary buffers (allocated outside every limit), BigInt (one operator makes megabytes and quadratic work), proxies,
    /// workers' tools, realms, weak references, locale data and string compilation. Nothing else hands them out.
    /// </summary>
    private static readonly string[] RemovedGlobals =
    [
        "ArrayBuffer", "SharedArrayBuffer", "DataView", "Atomics", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array",
        "Uint16Array", "Int32Array", "Uint32Array", "Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array",
        "BigInt", "Iterator", "Proxy", "ShadowRealm", "WeakRef", "FinalizationRegistry", "Temporal", "Intl", "eval", "Function",
    ];

    // What an iterator keeps; the rest makes iterators of iterators, which are walked by native recursion without a guard.
    private static readonly HashSet<string> KeptIteratorFunctions =
        new(["constructor", "toArray", "forEach", "some", "every", "find", "reduce"], StringComparer.Ordinal);

    private static readonly string[] IteratorFactories = ["from", "concat", "zip", "zipKeyed"];

    private static readonly string[] NamesThatLeadToIterators = ["values", "keys", "entries", "matchAll", "Symbol", "Iterator"];

    // Percent-encoding makes up to nine characters of one, compatibility decomposition eighteen.
    private const int PercentGrowth = 9;
    private const int NormalizationGrowth = 18;
    private const int SmallText = 1024;

    private readonly Engine _engine;
    private readonly JavaScriptBudget _budget;

    // A second script in the same globals must not wrap what the first one wrapped.
    private readonly HashSet<string> _installed = new(StringComparer.Ordinal);
    private JavaScriptSource _source;

    private JavaScriptGuards(Engine engine, JavaScriptBudget budget, JavaScriptSource source)
    {
        _engine = engine;
        _budget = budget;
        _source = source;
    }

    /// <summary>Guards a new engine for a script.</summary>
    public static JavaScriptGuards Install(Engine engine, JavaScriptBudget budget, JavaScriptSource source)
    {
        var guards = new JavaScriptGuards(engine, budget, source);
        guards.ReplaceArrayFunctions();
        guards.Extend(source);
        return guards;
    }

    /// <summary>Guards the engine for one more script.</summary>
    public void Extend(JavaScriptSource source)
    {
        _source = source;
        foreach (var name in RemovedGlobals)
        {
            if (source.NamesGlobal(name))
            {
                _engine.Global.Delete(name);
            }
        }

        ReplaceGlobals();
        ReplaceStringFunctions();
        RemoveArrayFunctions();
        RemoveIteratorFunctions();
        if (source.UsesRegExp && _installed.Add("RegExp"))
        {
            JavaScriptRegExpGuards.Install(_engine, _budget);
        }

        if ((source.Reaches("replace") || source.Reaches("replaceAll")) && _installed.Add("replace"))
        {
            Replacement.Install(_engine, _budget);
        }
    }

    private void ReplaceGlobals()
    {
        if (_source.NamesGlobal(JavaScriptSource.TemplatePartGuard) && _installed.Add(JavaScriptSource.TemplatePartGuard))
        {
            // Non-writable, so that a script cannot put its own in place and grow texts uncounted.
            var guard = new ClrFunction(_engine, JavaScriptSource.TemplatePartGuard, CountTemplatePart, 1);
            _engine.Global.FastSetProperty(
                JavaScriptSource.TemplatePartGuard, new PropertyDescriptor(guard, writable: false, enumerable: false, configurable: false));
        }

        foreach (var name in new[] { "encodeURIComponent", "encodeURI", "escape" })
        {
            ReplaceIfReached(_engine.Global, name, (native, _, arguments) =>
            {
                var text = TypeConverter.ToString(arguments.At(0));
                CheckGrowth(text, PercentGrowth);
                return _engine.Call(native, JsString.Create(text));
            });
        }

        if (_source.NamesGlobal("JSON"))
        {
            var json = _engine.Global.Get("JSON").AsObject();
            json.Delete("rawJSON");
            json.Delete("isRawJSON");
            ReplaceIfReached(json, "stringify", (_, _, arguments) =>
                new JavaScriptJson(_engine, _budget, _budget.Limits.MaxStringLength, forScript: true).Stringify(arguments.At(0), arguments.At(1), arguments.At(2)) is { } text
                    ? JsString.Create(text)
                    : JsValue.Undefined);
        }
    }

    private void ReplaceStringFunctions()
    {
        GuardText("normalize", (text, arguments) =>
        {
            CheckGrowth(text, NormalizationGrowth);
            return arguments;
        });
        GuardText("repeat", (text, arguments) =>
        {
            var count = TypeConverter.ToIntegerOrInfinity(arguments.At(0));
            _budget.CheckString((long)Math.Clamp(text.Length * count, 0, int.MaxValue));
            return [JsNumber.Create(count)];
        });
        foreach (var name in new[] { "padStart", "padEnd" })
        {
            GuardText(name, (_, arguments) =>
            {
                var length = TypeConverter.ToIntegerOrInfinity(arguments.At(0));
                _budget.CheckString((long)Math.Clamp(length, 0, int.MaxValue));
                return [JsNumber.Create(length), arguments.At(1)];
            });
        }

        GuardText("concat", (text, arguments) =>
        {
            long length = text.Length;
            return Array.ConvertAll(arguments, argument =>
            {
                var part = TypeConverter.ToString(argument);
                length += part.Length;
                _budget.CheckString(length);
                return (JsValue)JsString.Create(part);
            });
        });
        if (_source.Reaches("raw"))
        {
            _engine.Global.Get("String").AsObject().Delete("raw");
        }
    }

    private void ReplaceArrayFunctions()
    {
        // Always: lists are joined whenever one is used as a text.
        var prototype = _engine.Intrinsics.Array.PrototypeObject;
        var joining = new HashSet<ObjectInstance>(ReferenceEqualityComparer.Instance);
        prototype.Replace("join", 1, (thisValue, arguments) => Join(thisValue, arguments.At(0), joining));
    }

    private void RemoveArrayFunctions()
    {
        // Without it Object.prototype.toLocaleString answers, by way of toString and the counted join.
        if (_source.Reaches("toLocaleString"))
        {
            _engine.Intrinsics.Array.PrototypeObject.Delete("toLocaleString");
        }
    }

    private void RemoveIteratorFunctions()
    {
        if (!Array.Exists(NamesThatLeadToIterators, _source.Reaches) || !_installed.Add("Iterator"))
        {
            return;
        }

        // By way of a list, because the global was removed above.
        var list = new JsArray(_engine);
        var iterator = _engine.Call(list.Get("values"), list, []).AsObject();
        var prototype = iterator.Prototype?.Prototype;
        foreach (var key in prototype?.GetOwnPropertyKeys(Types.String) ?? [])
        {
            if (!KeptIteratorFunctions.Contains(key.ToString()))
            {
                prototype!.Delete(key);
            }
        }

        if (prototype?.Get("constructor") is ObjectInstance constructor)
        {
            foreach (var name in IteratorFactories)
            {
                constructor.Delete(name);
            }
        }
    }

    /// <summary>Array.prototype.join; a list inside itself gives nothing, as everywhere.</summary>
    private JsString Join(JsValue thisValue, JsValue separatorValue, HashSet<ObjectInstance> joining)
    {
        var list = thisValue as ObjectInstance ?? _engine.Construct(_engine.Intrinsics.Object, thisValue);
        var length = TypeConverter.ToLength(list.Get("length"));
        var separator = separatorValue.IsUndefined() ? "," : TypeConverter.ToString(separatorValue);
        if (joining.Count >= _budget.Limits.MaxValueDepth)
        {
            throw JavaScriptBudget.LimitReached($"lists nest deeper than {_budget.Limits.MaxValueDepth}");
        }

        if (!joining.Add(list))
        {
            return JsString.Empty;
        }

        try
        {
            var text = new StringBuilder();
            for (ulong index = 0; index < length; index++)
            {
                _budget.Check();
                text.Append(index == 0 ? "" : separator);
                var item = list is JsArray dense ? dense[(uint)index] : list.Get(JsNumber.Create((double)index));
                text.Append(item is JsUndefined or JsNull ? "" : Counted(text.Length, TypeConverter.ToString(item)));
            }

            return JsString.Create(text.ToString());
        }
        finally
        {
            joining.Remove(list);
        }
    }

    private string Counted(int lengthSoFar, string part)
    {
        _budget.CheckString((long)lengthSoFar + part.Length);
        return part;
    }

    private JsString CountTemplatePart(JsValue _, JsValue[] arguments)
    {
        var text = TypeConverter.ToString(arguments.At(0));
        _budget.ChargeText(text.Length);
        return JsString.Create(text);
    }

    private void CheckGrowth(string text, int growth)
    {
        if (text.Length > SmallText)
        {
            _budget.CheckString((long)text.Length * growth);
        }
    }

    /// <summary>
    /// Checks a function of texts and runs the native on converted values only, so that an object cannot answer the check
    /// one way and the native another.
    /// </summary>
    private void GuardText(string name, Func<string, JsValue[], JsValue[]> check)
    {
        if (_source.Reaches(name))
        {
            ReplaceIfReached(_engine.Global.Get("String").Get("prototype").AsObject(), name, (native, thisValue, arguments) =>
            {
                if (thisValue is JsUndefined or JsNull)
                {
                    return _engine.Call(native, thisValue, arguments);
                }

                var text = TypeConverter.ToString(thisValue);
                return _engine.Call(native, JsString.Create(text), check(text, arguments));
            });
        }
    }

    private void ReplaceIfReached(ObjectInstance owner, string name, Func<JsValue, JsValue, JsValue[], JsValue> body)
    {
        if (!_source.Reaches(name) || !_installed.Add(name))
        {
            return;
        }

        var native = owner.Get(name);
        owner.Replace(name, 1, (thisValue, arguments) => body(native, thisValue, arguments));
    }
}
