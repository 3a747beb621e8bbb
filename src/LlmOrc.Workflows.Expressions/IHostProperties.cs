using System.Text.Json;

namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// The properties of an object that the host offers to a script or template, such as <c>variables</c>. Only what is
/// touched is asked for. Templates read only.
/// </summary>
public interface IHostProperties
{
    /// <summary>The names to show to a script or template that lists the object's keys.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Reads a property, once per evaluation; false when there is none: undefined to a script, an error to a strict template.</summary>
    bool TryGet(string name, out JsonElement value);

    /// <summary>
    /// Writes a property: at once when the script assigns to it, and once more after a successful evaluation when the
    /// script changed a list or object in place. Undefined means <c>undefined</c> was assigned.
    /// </summary>
    /// <exception cref="NotSupportedException">The object cannot be written; the script sees a TypeError.</exception>
    void Set(string name, JsonElement value);
}
