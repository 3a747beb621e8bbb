using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace LlmOrc.Workflows.ElsaFormat.Json;

/// <summary>A value of the document and where it stands. Members are found in any case, because documents of every age spell them differently.</summary>
internal sealed class JsonPlace
{
    private readonly string? _name;
    private readonly int _index;
    private Dictionary<string, JsonPlace>? _members;

    private JsonPlace(JsonElement value, JsonPlace? parent, string? name, int index)
    {
        Value = value;
        Parent = parent;
        _name = name;
        _index = index;
    }

    public JsonElement Value { get; }

    public JsonPlace? Parent { get; }

    /// <summary>The last step of the path: a member's name as spelled, or an index; null for the document and for JSON found inside a string.</summary>
    public object? Step => _name ?? (_index >= 0 ? _index : (object?)null);

    public bool IsObject => Value.ValueKind == JsonValueKind.Object;

    public bool IsNothing => Value.IsNothing();

    /// <summary>The text of a string; null for everything else.</summary>
    public string? Text => Value.ValueKind == JsonValueKind.String ? Value.GetString() : null;

    /// <summary>Members by name in any case; of several spellings the last one counts. Empty where it is no object.</summary>
    public IReadOnlyDictionary<string, JsonPlace> Members => _members ??= ReadMembers();

    /// <summary>A member, or null where it is missing or null.</summary>
    public JsonPlace? this[string name] => Members.TryGetValue(name, out var member) && !member.IsNothing ? member : null;

    /// <summary>JSON path, e.g. <c>$.root.activities[2].condition</c>.</summary>
    public string Path => Parent is null ? "$" : _index >= 0 ? $"{Parent.Path}[{_index}]" : _name is null ? Parent.Path : $"{Parent.Path}{Dotted(_name)}";

    public static JsonPlace Document(JsonElement root) => new(root, null, null, -1);

    /// <summary>The same place with another value: JSON that stands as text inside a string.</summary>
    public JsonPlace Inner(JsonElement value) => new(value, this, null, -1);

    /// <summary>The items of a list: an array, an old <c>{"$values": […]}</c>, or a single object standing for a list of one.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        if (Value.ValueKind == JsonValueKind.Array)
            return Value.EnumerateArray().Select((item, i) => new JsonPlace(item, this, null, i));
        if (this["$values"] is { } values)
            return values.Items();
        return IsObject && Members.Count > 0 ? [this] : [];
    }

    /// <summary>Whether it can be read as a list.</summary>
    public bool IsList => Value.ValueKind == JsonValueKind.Array || this["$values"] is { Value.ValueKind: JsonValueKind.Array };

    public bool TryGetText(string member, [NotNullWhen(true)] out string? text)
    {
        text = this[member]?.Text;
        return text is not null;
    }

    /// <summary>Whether a flag is set, as a boolean or as text.</summary>
    public bool Flag(string member) => this[member] is { } place
        && (place.Value.ValueKind == JsonValueKind.True || string.Equals(place.Text, "true", StringComparison.OrdinalIgnoreCase));

    private Dictionary<string, JsonPlace> ReadMembers()
    {
        var members = new Dictionary<string, JsonPlace>(StringComparer.OrdinalIgnoreCase);
        if (IsObject)
        {
            foreach (var property in Value.EnumerateObject())
                members[property.Name] = new(property.Value, this, property.Name, -1);
        }

        return members;
    }

    private static string Dotted(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$') ? $".{name}" : $"['{name}']";
}
