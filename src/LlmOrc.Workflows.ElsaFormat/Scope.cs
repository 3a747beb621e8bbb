using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>The variables that an activity sees: its own container's, then outward to the definition's.</summary>
internal sealed class Scope
{
    private readonly Scope? _outer;
    private readonly Dictionary<string, VariableDefinition> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VariableDefinition> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool _isLoop;

    public Scope(Scope? outer, IReadOnlyList<VariableDefinition> variables, bool isLoop = false)
    {
        _outer = outer;
        _isLoop = isLoop;
        foreach (var variable in variables)
        {
            _byId.TryAdd(variable.Id, variable);
            _byName.TryAdd(variable.Name, variable);
        }
    }

    public IEnumerable<string> Names => _byName.Keys.Concat(_outer?.Names ?? []);

    public VariableDefinition? ById(string id) => _byId.GetValueOrDefault(id) ?? _outer?.ById(id);

    public VariableDefinition? ByName(string name) => _byName.GetValueOrDefault(name) ?? _outer?.ByName(name);

    /// <summary>Whether a loop around gives this variable a value per pass; such variables have no definition.</summary>
    public bool IsIterationVariable(string name) =>
        name is "CurrentValue" or "CurrentIndex" && (_isLoop || _outer?.IsIterationVariable(name) == true);
}
