using System.Text.Json;

namespace LlmOrc.Workflows.Definitions;

/// <summary>An expression as the document has it: a dialect and its source.</summary>
/// <remarks>The engine knows <c>Literal</c>, <c>Object</c>, <c>Variable</c> and <c>Input</c>; other dialects come as <see cref="Expressions.IExpressionDialect"/>.</remarks>
public sealed record Expression(string Type, JsonElement Value)
{
    public const string Literal = "Literal";
    public const string Object = "Object";
    public const string Variable = "Variable";
    public const string Input = "Input";
    public const string JavaScript = "JavaScript";
    public const string Liquid = "Liquid";
    public const string Scriban = "Scriban";

    /// <summary>The source text of a scripted dialect.</summary>
    public string Source => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : Value.ToText();

    /// <summary>A literal value.</summary>
    public static Expression Of(object? value) => new(Literal, Values.From(value));

    /// <summary>Source text in a scripted dialect.</summary>
    public static Expression Script(string type, string source) => new(type, JsonSerializer.SerializeToElement(source));
}

/// <summary>How an input of a node gets its value. <paramref name="TypeName"/> is the document's own spelling and never becomes a CLR type.</summary>
public sealed record InputBinding(string Name, string? TypeName, Expression Expression);

/// <summary>Where an output of a node goes: the id of a variable in scope, or the name of an output of the definition.</summary>
public sealed record OutputBinding(string Name, string TargetId);

/// <summary>One case of a Switch or FlowSwitch. <paramref name="Activity"/> is null in a FlowSwitch and where the port is empty.</summary>
public sealed record SwitchCase(string Label, Expression Condition, ActivityNode? Activity);

/// <summary>A connection of a flowchart. <paramref name="Port"/> is <c>Done</c> where the document names none.</summary>
/// <param name="TargetPort">Only tells connections apart.</param>
public sealed record Connection(ActivityNode Source, string Port, ActivityNode Target, string TargetPort = "In");

/// <summary>A variable of a definition or container.</summary>
/// <param name="Id">What assignments and output bindings name.</param>
/// <param name="Name">What expressions name.</param>
/// <param name="TypeName">The document's spelling of the type; null means Object.</param>
/// <param name="Default">Already converted to the type; undefined where the document gives none.</param>
public sealed record VariableDefinition(string Id, string Name, string? TypeName, JsonElement Default = default, bool IsArray = false);

/// <summary>An input or output of a definition.</summary>
/// <param name="IsRequired">Only inputs: starting without it is refused.</param>
/// <param name="Default">Only inputs: the value where the caller gives none; undefined means none.</param>
/// <param name="Schema">Only inputs: a JSON schema of the value, for an <see cref="Execution.IStartCheck"/> that reads such; undefined means any value of the type.</param>
public sealed record ArgumentDefinition(
    string Name, string? TypeName, string? Description = null, bool IsRequired = false, JsonElement Default = default, JsonElement Schema = default);
