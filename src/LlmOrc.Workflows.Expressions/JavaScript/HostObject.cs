using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;

namespace LlmOrc.Workflows.Expressions;

/// <summary>An object whose properties are read from the host on first use and written back when they changed.</summary>
internal sealed class HostObject : ObjectInstance
{
    private readonly IHostProperties _properties;
    private readonly JavaScriptBudget _budget;
    private readonly Dictionary<string, (JsValue Value, JsonElement Known)> _touched = new(StringComparer.Ordinal);

    public HostObject(Engine engine, IHostProperties properties, JavaScriptBudget budget)
        : base(engine)
    {
        _properties = properties;
        _budget = budget;
        Prototype = engine.Intrinsics.Object.PrototypeObject;
    }

    public override JsValue Get(JsValue property, JsValue receiver) =>
        TryRead(property, out var value) ? value : Prototype!.Get(property, receiver);

    public override bool HasProperty(JsValue property) => TryRead(property, out _) || Prototype!.HasProperty(property);

    public override PropertyDescriptor GetOwnProperty(JsValue property) => TryRead(property, out var value)
        ? new PropertyDescriptor(value, writable: true, enumerable: true, configurable: true)
        : PropertyDescriptor.Undefined;

    public override bool Set(JsValue property, JsValue value, JsValue receiver)
    {
        if (!property.IsString())
        {
            return false;
        }

        var name = property.ToString();
        var json = ToJson(value);
        try
        {
            HostCall.Run(() => _properties.Set(name, json));
        }
        catch (NotSupportedException exception)
        {
            throw new JavaScriptException(Engine.Intrinsics.TypeError, exception.Message, exception);
        }

        _touched[name] = (value, json);
        return true;
    }

    public override bool DefineOwnProperty(JsValue property, PropertyDescriptor desc) => Set(property, desc.Value ?? Undefined, this);

    public override bool Delete(JsValue property) => false;

    public override List<JsValue> GetOwnPropertyKeys(Types types = Types.String | Types.Symbol) =>
        !types.HasFlag(Types.String) ? [] : _properties.Names.Select(name => (JsValue)JsString.Create(name)).ToList();

    public override IEnumerable<KeyValuePair<JsValue, PropertyDescriptor>> GetOwnProperties() =>
        GetOwnPropertyKeys(Types.String).Select(key => KeyValuePair.Create(key, GetOwnProperty(key)));

    /// <summary>Writes back the lists and objects that the script changed in place.</summary>
    public void WriteBack()
    {
        foreach (var (name, (value, known)) in _touched)
        {
            if (value is ObjectInstance && ToJson(value) is var json && !JsonElement.DeepEquals(json, known))
            {
                HostCall.Run(() => _properties.Set(name, json));
            }
        }
    }

    private bool TryRead(JsValue property, out JsValue value)
    {
        value = Undefined;
        if (!property.IsString())
        {
            return false;
        }

        var name = property.ToString();
        if (_touched.TryGetValue(name, out var touched))
        {
            value = touched.Value;
            return true;
        }

        var json = default(JsonElement);
        if (!HostCall.Run(() => _properties.TryGet(name, out json)))
        {
            return false;
        }

        // Once for each property, so the host's data bound it.
        using (_budget.Uncounted())
        {
            value = JavaScriptValues.Of(Engine, json, _budget.Limits);
        }

        _touched[name] = (value, json);
        return true;
    }

    private JsonElement ToJson(JsValue value) => JavaScriptJson.ToElement(Engine, _budget, value, _budget.Limits.MaxStringLength);
}
