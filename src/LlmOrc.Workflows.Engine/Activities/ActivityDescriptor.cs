using LlmOrc.Workflows.ControlFlow;

namespace LlmOrc.Workflows.Activities;

/// <summary>Everything known of an activity type: validation, designer and docs are written from it.</summary>
public sealed class ActivityDescriptor
{
    public required string TypeName { get; init; }

    public int Version { get; init; } = 1;

    public required string Category { get; init; }

    public required string DisplayName { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<InputDescriptor> Inputs { get; init; } = [];

    public IReadOnlyList<OutputDescriptor> Outputs { get; init; } = [];

    /// <summary>Outcomes that connections can start from.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = ["Done"];

    /// <summary>Names of ports that hold one embedded child each, e.g. <c>then</c>.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>The property that holds ordered children (<c>activities</c>, <c>branches</c>), if it has any.</summary>
    public string? ChildrenProperty { get; init; }

    /// <summary>Whether the type has <c>cases</c>.</summary>
    public bool HasCases { get; init; }

    /// <summary>Whether a child completing with it ends the enclosing Sequence or Flowchart at once (Break, Complete, End, Finish).</summary>
    public bool IsTerminal { get; init; }

    public bool IsStart { get; init; }

    public bool IsTrigger { get; init; }

    /// <inheritdoc cref="ActivityAttribute.HasEffect"/>
    public bool HasEffect { get; init; }

    /// <inheritdoc cref="ActivityAttribute.IsMetered"/>
    public bool IsMetered { get; init; }

    /// <summary>The reducer of a composite or control-flow activity; null for a leaf.</summary>
    public IControlFlow? ControlFlow { get; init; }

    /// <summary>Makes, fills and reads objects of a leaf's class; null for control flow.</summary>
    public ActivityType? Leaf { get; init; }

    public InputDescriptor? FindInput(string name) =>
        Inputs.FirstOrDefault(i => string.Equals(i.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>An input of an activity type. <paramref name="Name"/> is camelCase.</summary>
/// <param name="TypeName">Elsa's alias of its type, e.g. <c>String</c>.</param>
/// <param name="IsRaw">Stored as plain JSON instead of <c>{typeName, expression}</c>.</param>
/// <param name="IsLazy">Evaluated when the reducer asks, not at the start, e.g. the condition of While.</param>
public sealed record InputDescriptor(
    string Name,
    string TypeName,
    string? DisplayName = null,
    string? Description = null,
    bool IsRequired = false,
    object? DefaultValue = null,
    bool IsRaw = false,
    bool IsLazy = false,
    string? UIHint = null,
    string DefaultSyntax = "Literal",
    IReadOnlyList<string>? Options = null);

/// <summary>An output of an activity type. <paramref name="Name"/> is camelCase.</summary>
public sealed record OutputDescriptor(string Name, string TypeName, string? DisplayName = null, string? Description = null);
