namespace LlmOrc.Workflows.Activities;

/// <summary>Names an activity class for documents and designers.</summary>
/// <param name="typeName">Elsa's type name, e.g. <c>LlmOrc.AgentTurn</c>; unique in the catalog.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string typeName) : Attribute
{
    public string TypeName { get; } = typeName;

    public string Category { get; init; } = "Miscellaneous";

    /// <summary>Shown in designers; the default is the last part of the type name, spaced.</summary>
    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    /// <summary>
    /// Whether executing it touches the world outside the instance. Such a leaf runs concurrently with others, its start is
    /// committed before it runs, and it is handed the same idempotency key again after a crash. The default is false.
    /// </summary>
    public bool HasEffect { get; init; }

    /// <summary>Whether it makes a metered call in the usual case, so that one is reserved with its start. The default is false.</summary>
    public bool IsMetered { get; init; }

    /// <summary>Outcomes it may complete with. The default is <c>Done</c>.</summary>
    public string[] Outcomes { get; init; } = ["Done"];

    /// <summary>Whether it may start a workflow from outside.</summary>
    public bool IsTrigger { get; init; }
}

/// <summary>A property that is assigned from the node's binding before the activity executes. <c>required</c> properties must be bound.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InputAttribute : Attribute
{
    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    /// <summary>The designer's editor, e.g. <c>multiline</c>, <c>dropdown</c>, <c>checkbox</c>.</summary>
    public string? UIHint { get; init; }

    /// <summary>The value in documents where the property is absent, as the designer shows it.</summary>
    public object? DefaultValue { get; init; }

    /// <summary>Choices of a drop-down.</summary>
    public string[]? Options { get; init; }

    /// <summary>The expression dialect the designer starts with. The default is <c>Literal</c>.</summary>
    public string DefaultSyntax { get; init; } = "Literal";

    /// <summary>Stored as plain JSON instead of <c>{typeName, expression}</c>, e.g. the variable of SetVariable.</summary>
    public bool IsRaw { get; init; }
}

/// <summary>A property that is read after the activity completed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OutputAttribute : Attribute
{
    public string? DisplayName { get; init; }

    public string? Description { get; init; }
}
