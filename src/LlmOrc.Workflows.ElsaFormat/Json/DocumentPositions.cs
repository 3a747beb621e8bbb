using System.Text.Json;

namespace LlmOrc.Workflows.ElsaFormat.Json;

/// <summary>
/// Lines and columns of the places that diagnostics name, found in one pass over the bytes after reading. Remembering
/// every position while reading would cost more memory than the document, for documents that mostly have no diagnostics.
/// </summary>
internal sealed class DocumentPositions
{
    private readonly Wanted _root = new();

    /// <summary>Asks for a place; call before <see cref="Find"/>.</summary>
    public void Want(JsonPlace place) => WantedFor(place);

    /// <summary>Finds all places asked for.</summary>
    public void Find(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = JsonText.MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        var position = new TextPosition();
        var open = new Stack<(Wanted Wanted, bool IsArray)>();
        Wanted? next = _root;
        var index = new Stack<int>();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                open.Pop();
                index.Pop();
                continue;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                next = open.Peek().Wanted.Child(reader.GetString()!);
                // A member is shown at its name.
                if (next is not null)
                    next.Position = position.MoveTo(utf8, reader.TokenStartIndex);
                else
                    reader.Skip();
                continue;
            }

            if (open.TryPeek(out var parent) && parent.IsArray)
            {
                var i = index.Pop();
                index.Push(i + 1);
                next = parent.Wanted.Child(i);
                if (next is not null)
                    next.Position = position.MoveTo(utf8, reader.TokenStartIndex);
            }
            else if (ReferenceEquals(next, _root))
            {
                next.Position = position.MoveTo(utf8, reader.TokenStartIndex);
            }

            if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                continue;
            if (next is null)
            {
                reader.Skip();
                continue;
            }

            open.Push((next, reader.TokenType == JsonTokenType.StartArray));
            index.Push(0);
        }
    }

    /// <summary>The position of a place asked for, or of the nearest one around it.</summary>
    public (int Line, int Column)? Of(JsonPlace place)
    {
        var wanted = WantedFor(place);
        while (wanted is { Position: null })
            wanted = wanted.Parent;
        return wanted?.Position;
    }

    private Wanted WantedFor(JsonPlace place)
    {
        var steps = new Stack<object>();
        for (var at = place; at is not null; at = at.Parent)
        {
            // What stands as text inside a string is shown at that string.
            if (at.Step is { } step)
                steps.Push(step);
            else if (at.Parent is not null)
                steps.Clear();
        }

        var wanted = _root;
        foreach (var step in steps)
            wanted = wanted.Add(step);
        return wanted;
    }

    private sealed class Wanted(Wanted? parent = null)
    {
        private Dictionary<object, Wanted>? _children;

        public Wanted? Parent { get; } = parent;

        public (int Line, int Column)? Position { get; set; }

        public Wanted? Child(object step) => _children?.GetValueOrDefault(step);

        public Wanted Add(object step)
        {
            _children ??= [];
            if (!_children.TryGetValue(step, out var child))
                _children.Add(step, child = new(this));
            return child;
        }
    }
}
