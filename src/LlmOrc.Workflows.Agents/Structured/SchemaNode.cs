using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>A schema, or a part of one, as it was read. What is null or empty demands nothing.</summary>
internal sealed class SchemaNode
{
    /// <summary>One of these: object, array, string, number, integer, boolean, null.</summary>
    public IReadOnlyList<string> Types { get; set; } = [];

    public Dictionary<string, SchemaNode> Properties { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Required { get; set; } = [];

    /// <summary>Whether there may be properties that are not named.</summary>
    public bool AllowsOthers { get; set; } = true;

    /// <summary>What those others must be.</summary>
    public SchemaNode? Others { get; set; }

    public SchemaNode? Items { get; set; }

    public IReadOnlyList<JsonElement> Enum { get; set; } = [];

    public JsonElement? Const { get; set; }

    public double? Minimum { get; set; }

    public double? Maximum { get; set; }

    public double? ExclusiveMinimum { get; set; }

    public double? ExclusiveMaximum { get; set; }

    public int? MinLength { get; set; }

    public int? MaxLength { get; set; }

    public int? MinItems { get; set; }

    public int? MaxItems { get; set; }

    public Regex? Pattern { get; set; }

    public IReadOnlyList<SchemaNode> AnyOf { get; set; } = [];

    /// <summary>Another part that is demanded too; set when all is read, because it may stand further down.</summary>
    public SchemaNode? Reference { get; set; }
}
