using System.Text.Json;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>A value as something to read, whatever workflow it came from: short facts first, then lists of things, then texts.</summary>
internal abstract record Block
{
    private Block()
    {
    }

    /// <summary>A name and a short value.</summary>
    public sealed record Fact(string Name, string Value) : Block;

    /// <summary>A text of several lines; <paramref name="Name"/> is its heading, where it needs one.</summary>
    public sealed record Prose(string Name, string Text, bool HasHeading = true) : Block;

    /// <summary>One thing of a list, or an object: a title, a text, and facts about it.</summary>
    public sealed record Card(string Title, IReadOnlyList<Block> Body) : Block;
}

/// <summary>Makes blocks of a value. Every text in them is safe to show.</summary>
internal static class Report
{
    // A value on the line of its name; longer ones are texts.
    private const int MostOfFact = 100;

    // A name or a place, not yet a sentence.
    private const int MostOfTitle = 40;

    // Deep or endless values are for --json.
    private const int MaxDepth = 4;
    private const int MaxItems = 200;

    /// <param name="names">The order in which the workflow declares its values; others follow.</param>
    public static IReadOnlyList<Block> Of(JsonElement output, IEnumerable<string>? names = null)
    {
        if (output.ValueKind != JsonValueKind.Object)
            return output.IsNothing() ? [] : Ordered(Describe("Result", output, 0));

        var order = (names ?? []).ToList();
        return Ordered(output.EnumerateObject()
            .OrderBy(p => order.FindIndex(n => string.Equals(n, p.Name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at ? at : int.MaxValue)
            .SelectMany(p => Describe(Title(p.Name), p.Value, 0)));
    }

    // What a whole comes to is read last; what one thing of it says stands before what belongs to it.
    private static IReadOnlyList<Block> Ordered(IEnumerable<Block> blocks, bool isInside = false) => [.. blocks.OrderBy(b => b switch
    {
        Block.Fact => 0,
        Block.Card => isInside ? 2 : 1,
        _ => isInside ? 1 : 2,
    })];

    private static IEnumerable<Block> Describe(string name, JsonElement value, int depth) => value.ValueKind switch
    {
        JsonValueKind.String => [Text(name, TerminalText.Clean(value.GetString()!).Trim())],
        JsonValueKind.Array => List(name, value, depth),
        JsonValueKind.Object when depth < MaxDepth => [new Block.Card(name, Body(value, depth + 1))],
        JsonValueKind.Object => [new Block.Fact(name, Units.Shorten(TerminalText.CleanLine(value.GetRawText()), MostOfFact))],
        JsonValueKind.True => [new Block.Fact(name, "yes")],
        JsonValueKind.False => [new Block.Fact(name, "no")],
        JsonValueKind.Number => [new Block.Fact(name, value.GetRawText())],
        _ => [new Block.Fact(name, "–")],
    };

    private static Block Text(string name, string text) =>
        text.Length <= MostOfFact && !text.Contains('\n') ? new Block.Fact(name, text.Length == 0 ? "–" : text) : new Block.Prose(name, text);

    private static IEnumerable<Block> List(string name, JsonElement list, int depth)
    {
        var items = list.EnumerateArray().Take(MaxItems).ToList();
        if (items.Count == 0)
            return [new Block.Fact(name, "none")];
        if (items.TrueForAll(i => i.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)))
            return [Text(name, Scalars(items))];

        var cards = items.Select((item, i) => Card($"{name} {i + 1}", item, depth + 1));
        return list.GetArrayLength() > items.Count
            ? cards.Append(new Block.Fact(name, $"{list.GetArrayLength() - items.Count} more; --json shows them"))
            : cards;
    }

    // Short ones on a line, long ones as bullets.
    private static string Scalars(List<JsonElement> items)
    {
        var texts = items.ConvertAll(i => TerminalText.Clean(i.ToText()).Trim());
        var line = string.Join(", ", texts);
        return line.Length <= MostOfFact && !line.Contains('\n') ? line : string.Join('\n', texts.Select(t => $"- {t}"));
    }

    // The first short text of an object is what it is about, and its title; the others tell more.
    private static Block Card(string fallback, JsonElement item, int depth)
    {
        if (item.ValueKind != JsonValueKind.Object || depth > MaxDepth)
            return Describe(fallback, item, depth).First();

        var title = item.EnumerateObject().FirstOrDefault(p => p.Value.ValueKind == JsonValueKind.String && p.Value.GetString()!.Length is > 0 and <= MostOfTitle);
        return title.Value.ValueKind == JsonValueKind.Undefined
            ? new Block.Card(fallback, Body(item, depth))
            : new Block.Card(TerminalText.CleanLine(title.Value.GetString()!), Body(item, depth, except: title.Name));
    }

    private static IReadOnlyList<Block> Body(JsonElement value, int depth, string? except = null)
    {
        var properties = value.EnumerateObject().Where(p => p.Name != except).ToList();
        var blocks = properties.SelectMany(p => Describe(Title(p.Name), p.Value, depth)).ToList();
        // The only text of a thing needs no heading: the thing has one.
        var isOnlyText = properties.Count(p => p.Value.ValueKind == JsonValueKind.String) <= 1 && blocks.OfType<Block.Prose>().Count() == 1;
        return blocks is [Block.Fact only] && properties is [{ Value.ValueKind: JsonValueKind.String }]
            ? [new Block.Prose(only.Name, only.Value, HasHeading: false)]
            : Ordered(blocks.Select(b => b is Block.Prose prose ? prose with { HasHeading = !isOnlyText } : b), isInside: true);
    }

    /// <summary><c>total_reviewers</c> and <c>totalReviewers</c> as <c>Total reviewers</c>.</summary>
    private static string Title(string name)
    {
        var title = new System.Text.StringBuilder(name.Length + 4);
        foreach (var c in TerminalText.CleanLine(name))
        {
            if (c is '_' or '-')
                title.Append(' ');
            else if (char.IsUpper(c) && title.Length > 0 && char.IsLower(title[^1]))
                title.Append(' ').Append(char.ToLowerInvariant(c));
            else
                title.Append(title.Length == 0 ? char.ToUpperInvariant(c) : c);
        }

        return title.ToString();
    }
}
