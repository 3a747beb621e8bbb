using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Where the host installs what a script may use. One is made per evaluation; a global that the script does not name
/// costs nothing, so a dialect may offer any number of them.
/// </summary>
public sealed class JavaScriptGlobals
{
    private readonly Engine _engine;
    private readonly JavaScriptBudget _budget;
    private readonly JavaScriptSource _source;
    private readonly JavaScriptSandbox _sandbox;
    private readonly JavaScriptGuards _guards;
    private List<HostObject>? _objects;

    internal JavaScriptGlobals(Engine engine, JavaScriptBudget budget, JavaScriptSource source, JavaScriptSandbox sandbox, JavaScriptGuards guards)
    {
        _engine = engine;
        _budget = budget;
        _source = source;
        _sandbox = sandbox;
        _guards = guards;
    }

    /// <summary>
    /// Whether the script names this global. True for every name when the script uses <c>globalThis</c> or <c>this</c>,
    /// through which it can reach names that cannot be foreseen. Whoever makes names by the dozen (a getter per
    /// variable) goes through <see cref="Names"/> instead.
    /// </summary>
    public bool Uses(string name) => _source.NamesGlobal(name);

    /// <summary>The free names of the script, standard ones (<c>Math</c>) included, in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _source.Script.ReferencedGlobals!;

    /// <summary>Sets a global value. The script gets a copy, which it may change.</summary>
    public void SetValue(string name, JsonElement value) => SetValue(name, () => value);

    /// <summary>Sets a global value that is computed only if the script names it.</summary>
    public void SetValue(string name, Func<JsonElement> value)
    {
        if (Uses(name))
        {
            Set(name, JavaScriptValues.Of(_engine, value(), _budget.Limits));
        }
    }

    /// <summary>
    /// Sets a global function. Arguments come as JSON (undefined as <see cref="JsonValueKind.Undefined"/>); its result, too,
    /// is a copy. An <see cref="ArgumentException"/> or <see cref="NotSupportedException"/> becomes a TypeError that the
    /// script can catch; every other exception passes through the evaluation to its caller, unseen by the script.
    /// </summary>
    public void SetFunction(string name, Func<IReadOnlyList<JsonElement>, JsonElement> body)
    {
        if (Uses(name))
        {
            Set(name, FunctionOf(name, body));
        }
    }

    /// <summary>Sets a global object with functions, such as <c>Guid.NewGuid</c>.</summary>
    public void SetFunctions(string name, IReadOnlyDictionary<string, Func<IReadOnlyList<JsonElement>, JsonElement>> functions)
    {
        if (Uses(name))
        {
            Set(name, JsObject.CreateFromEntries(_engine, functions.Select(entry => KeyValuePair.Create<string, JsValue>(entry.Key, FunctionOf(entry.Key, entry.Value)))));
        }
    }

    /// <summary>Sets a global object whose properties are read when touched and written back when changed, such as <c>variables</c>.</summary>
    public void SetObject(string name, IHostProperties properties)
    {
        if (Uses(name))
        {
            var host = new HostObject(_engine, properties, _budget);
            (_objects ??= []).Add(host);
            Set(name, host);
        }
    }

    /// <summary>
    /// Runs a script of the host first, in the same globals and under the same limits: helper classes of a dialect that
    /// are easier to write in JavaScript. It is prepared once. Guard it by <see cref="Uses"/>.
    /// </summary>
    public void Include(string source)
    {
        var prelude = _sandbox.Prepare(source);
        _guards.Extend(prelude);
        try
        {
            _engine.Execute(prelude.Script);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw JavaScriptErrors.OfRun(exception, prelude);
        }
    }

    internal void WriteBack() => _objects?.ForEach(host => host.WriteBack());

    private void Set(string name, JsValue value) => _engine.Global.FastSetDataProperty(name, value);

    private ClrFunction FunctionOf(string name, Func<IReadOnlyList<JsonElement>, JsonElement> body) => new ClrFunction(_engine, name, (_, arguments) =>
    {
        var values = arguments.Length == 0 ? [] : Array.ConvertAll(arguments, ToJson);
        try
        {
            return JavaScriptValues.Of(_engine, HostCall.Run(() => body(values)), _budget.Limits);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new JavaScriptException(_engine.Intrinsics.TypeError, exception.Message, exception);
        }
    });

    private JsonElement ToJson(JsValue value) => JavaScriptJson.ToElement(_engine, _budget, value, _budget.Limits.MaxStringLength);
}
