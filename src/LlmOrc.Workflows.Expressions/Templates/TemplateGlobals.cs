using System.Text.Json;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Where the host installs what a template may use. One is made per rendering; what the template does not touch costs next to nothing.</summary>
public sealed class TemplateGlobals
{
    private readonly SandboxLimits _limits;
    private readonly LazyObject _globals = new();

    internal TemplateGlobals(SandboxLimits limits)
    {
        _limits = limits;
    }

    /// <summary>
    /// Missing variables and members give nothing instead of an error. Off by default: a prompt with a hole in it is worse
    /// than none. Liquid expressions of imported documents may count on it.
    /// </summary>
    public bool AllowMissing { get; set; }

    internal ScriptObject Globals => _globals;

    /// <summary>Sets a global value, converted when first used.</summary>
    public void SetValue(string name, JsonElement value) => SetValue(name, () => value);

    /// <summary>Sets a global value that is computed when first used.</summary>
    public void SetValue(string name, Func<JsonElement> value) => _globals.Add(name, () => TemplateValues.Of(value(), _limits));

    /// <summary>Sets every property of a JSON object as a global value.</summary>
    public void SetValues(JsonElement model)
    {
        foreach (var property in model.EnumerateObject())
        {
            SetValue(property.Name, property.Value);
        }
    }

    /// <summary>Sets a global object whose properties are read when touched, such as <c>Variables</c>.</summary>
    public void SetObject(string name, IHostProperties properties) => _globals.Add(name, () => new HostTemplateObject(properties, _limits));

    /// <summary>
    /// Sets a global function, or filter: its first argument is what stands before the pipe. An
    /// <see cref="ArgumentException"/> fails the rendering with its message and place.
    /// </summary>
    public void SetFunction(string name, Func<IReadOnlyList<JsonElement>, JsonElement> body) => _globals.Add(
        name,
        () => new TemplateFunction(0, (context, node, arguments) =>
        {
            var values = arguments.Select(argument => TemplateValues.ToJson(argument, context.Budget, _limits.MaxStringLength)).ToArray();
            try
            {
                return TemplateValues.Of(body(values), _limits);
            }
            catch (ArgumentException exception)
            {
                throw new ScriptRuntimeException(node?.Span ?? default, exception.Message, exception);
            }
        }));

    /// <summary>Makes values when they are read.</summary>
    private sealed class LazyObject : ScriptObject
    {
        private readonly Dictionary<string, Func<object?>> _pending = new(StringComparer.Ordinal);

        public void Add(string name, Func<object?> make) => _pending[name] = make;

        public override bool Contains(string member) => _pending.ContainsKey(member) || base.Contains(member);

        public override bool TryGetValue(TemplateContext? context, SourceSpan span, string member, out object? value)
        {
            if (_pending.Remove(member, out var make))
            {
                SetValue(member, make(), readOnly: false);
            }

            return base.TryGetValue(context, span, member, out value);
        }

        public override bool TrySetValue(TemplateContext? context, SourceSpan span, string member, object? value, bool readOnly)
        {
            _pending.Remove(member);
            return base.TrySetValue(context, span, member, value, readOnly);
        }
    }
}
