using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace LlmOrc.Workflows.Expressions;

/// <summary>An object of the host in a template: read on first use, never written.</summary>
internal sealed class HostTemplateObject : ScriptObject, IScriptObject
{
    private readonly IHostProperties _properties;
    private readonly SandboxLimits _limits;
    private readonly Dictionary<string, object?> _read = new(StringComparer.Ordinal);

    public HostTemplateObject(IHostProperties properties, SandboxLimits limits)
    {
        _properties = properties;
        _limits = limits;
        IsReadOnly = true;
    }

    IEnumerable<string> IScriptObject.GetMembers() => _properties.Names;

    public override bool Contains(string member) => TryGetValue(null, default, member, out _);

    public override bool TryGetValue(TemplateContext? context, SourceSpan span, string member, out object? value)
    {
        if (_read.TryGetValue(member, out value))
        {
            return true;
        }

        if (!_properties.TryGet(member, out var json))
        {
            return false;
        }

        value = TemplateValues.Of(json, _limits);
        _read[member] = value;
        return true;
    }

    public override bool CanWrite(string member) => false;
}
