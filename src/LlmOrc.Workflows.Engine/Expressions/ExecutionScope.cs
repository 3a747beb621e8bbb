using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Expressions;

/// <summary>What the expressions of one execution see. Writes are seen by later reads at once, and gathered as changes for the journal.</summary>
internal sealed class ExecutionScope(InstanceState state, ExecutionState execution) : IExpressionScope
{
    private Dictionary<VariableState, JsonElement>? _written;
    private List<Change>? _changes;
    private (bool IsSet, string? Value) _correlation;
    private (bool IsSet, string? Value) _name;

    /// <summary>Null where nothing was changed.</summary>
    public IReadOnlyList<Change>? Changes => _changes;

    public string InstanceId => state.Key.InstanceId;

    public string DefinitionId => state.Graph.DefinitionId;

    public string DefinitionVersionId => state.Graph.VersionId;

    public int DefinitionVersion => state.Graph.Version;

    public WorkflowGraph Graph => state.Graph;

    public JsonElement Input => state.Input;

    public JsonElement LastResult => state.LastResult;

    public string? CorrelationId
    {
        get => _correlation.IsSet ? _correlation.Value : state.CorrelationId;
        set
        {
            _correlation = (true, value);
            (_changes ??= []).Add(new CorrelationChange(value));
        }
    }

    public string? InstanceName
    {
        get => _name.IsSet ? _name.Value : state.Name;
        set
        {
            _name = (true, value);
            (_changes ??= []).Add(new NameChange(value));
        }
    }

    public IEnumerable<string> VariableNames
    {
        get
        {
            var seen = new HashSet<string>();
            for (var scope = execution; scope is not null; scope = scope.Parent)
            {
                foreach (var variable in scope.Variables ?? [])
                {
                    if (seen.Add(variable.Name))
                        yield return variable.Name;
                }
            }
        }
    }

    public bool TryGetVariable(string name, out JsonElement value)
    {
        var variable = execution.FindVariableByName(name);
        value = variable is null ? default : _written is not null && _written.TryGetValue(variable, out var written) ? written : variable.Value;
        return variable is not null;
    }

    public bool TrySetVariable(string name, JsonElement value)
    {
        if (execution.FindVariableByName(name) is not { } variable)
            return false;

        var converted = ValueConversion.ToNamedType(value.ValueKind == JsonValueKind.Undefined ? Values.Null : value, variable.TypeName);
        (_written ??= [])[variable] = converted;
        (_changes ??= []).Add(new VariableChange(variable.Id, converted));
        return true;
    }

    public JsonElement GetOutput(string activityIdOrName, string? outputName)
    {
        var node = Graph.FindNode(activityIdOrName) ?? Graph.Nodes.FirstOrDefault(n => n.Name == activityIdOrName);
        if (node is null || !state.OutputsByNode.TryGetValue(node.Id, out var outputs))
            return default;
        if (outputName is null)
            return outputs.TryGetValue("result", out var result) ? result : outputs.Values.FirstOrDefault();

        return outputs.FirstOrDefault(o => string.Equals(o.Key, outputName, StringComparison.OrdinalIgnoreCase)).Value;
    }
}
