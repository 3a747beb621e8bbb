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
/// make much out of little within one call, where the interpreter's limits are not asked.
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
        "BigInt", "Proxy", "ShadowRealm", "WeakRef", "FinalizationRegistry", "Temporal", "Intl", "eval", "Function",
    ];

    // Percent-encoding makes up to nine characters of one, compatibility decomposition eighteen.
    private const int PercentGrowth = 9;
    private const int NormalizationGrowth = 18;
    private const int SmallText = 1024;

    private readonly Engine _engine;
    private readonly JavaScriptBudget _budget;

    private JavaScriptGuards(Engine engine, JavaScriptBudget budget)
    {
        _engine = engine;
        _budget = budget;
    }

    public static void Install(Engine engine, JavaScriptBudget budget)
    {
        var guards = new JavaScriptGuards(engine, budget);
        foreach (var name in RemovedGlobals)
        {
            engine.Global.Delete(name);
        }

        guards.ReplaceGlobals();
        guards.ReplaceStringFunctions();
        guards.ReplaceArrayFunctions();
        JavaScriptRegExpGuards.Install(engine, budget);
    }

    private void ReplaceGlobals()
    {
        // Non-writable, so that a script cannot put its own in place and grow texts uncounted.
        var guard = new ClrFunction(_engine, JavaScriptSource.TemplatePartGuard, CountTemplatePart, 1);
        _engine.Global.DefineOwnProperty(
            JavaScriptSource.TemplatePartGuard, new PropertyDescriptor(guard, writable: false, enumerable: false, configurable: false));

        foreach (var name in new[] { "encodeURIComponent", "encodeURI", "escape" })
        {
            var native = _engine.Global.Get(name);
            _engine.Global.Replace(name, 1, (_, arguments) =>
            {
                var text = TypeConverter.ToString(arguments.At(0));
                CheckGrowth(text, PercentGrowth);
                return _engine.Call(native, JsString.Create(text));
            });
        }

        var json = _engine.Global.Get("JSON").AsObject();
        json.Delete("rawJSON");
        json.Delete("isRawJSON");
        json.Replace("stringify", 3, (_, arguments) =>
            new JavaScriptJson(_engine, _budget, _budget.Limits.MaxStringLength).Stringify(arguments.At(0), arguments.At(1), arguments.At(2)) is { } text
                ? JsString.Create(text)
                : JsValue.Undefined);
    }

    private void ReplaceStringFunctions()
    {
        var constructor = _engine.Global.Get("String").AsObject();
        constructor.Delete("raw");
        var prototype = constructor.Get("prototype").AsObject();
        Guard(prototype, "normalize", (text, arguments) =>
        {
            CheckGrowth(text, NormalizationGrowth);
            return arguments;
        });
        Guard(prototype, "repeat", (text, arguments) =>
        {
            var count = TypeConverter.ToIntegerOrInfinity(arguments.At(0));
            _budget.CheckString((long)Math.Clamp(text.Length * count, 0, int.MaxValue));
            return [JsNumber.Create(count)];
        });
        foreach (var name in new[] { "padStart", "padEnd" })
        {
            Guard(prototype, name, (_, arguments) =>
            {
                var length = TypeConverter.ToIntegerOrInfinity(arguments.At(0));
                _budget.CheckString((long)Math.Clamp(length, 0, int.MaxValue));
                return [JsNumber.Create(length), arguments.At(1)];
            });
        }

        Guard(prototype, "concat", (text, arguments) =>
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
    }

    private void ReplaceArrayFunctions()
    {
        var prototype = _engine.Intrinsics.Array.PrototypeObject;

        // Without it Object.prototype.toLocaleString answers, by way of toString and the counted join.
        prototype.Delete("toLocaleString");
        var joining = new HashSet<ObjectInstance>(ReferenceEqualityComparer.Instance);
        prototype.Replace("join", 1, (thisValue, arguments) => Join(thisValue, arguments.At(0), joining));
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

    /// <summary>Runs the native on converted values only, so that an object cannot answer the check one way and the native another.</summary>
    private void Guard(ObjectInstance owner, string name, Func<string, JsValue[], JsValue[]> check)
    {
        var native = owner.Get(name);
        owner.Replace(name, 1, (thisValue, arguments) =>
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
