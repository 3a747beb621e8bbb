using System.Text.Json;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>What holds for every workflow that comes with the program.</summary>
public sealed class StockDocumentTests
{
    private const int NodeWidth = 200;
    private const int NodeHeight = 100;

    public static TheoryData<string> Names() =>
        [.. Directory.GetFiles(RepositoryRoot.Combine("workflows"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_read_without_a_remark_and_says_what_it_takes_and_gives(string name)
    {
        await using var stock = new Stock(name);
        var reading = stock.Read();

        Assert.Empty(reading.Diagnostics);
        Assert.Equal(name, reading.Graph!.DefinitionId);
        var document = Document(name);
        Assert.False(string.IsNullOrWhiteSpace(document.GetProperty("description").GetString()));
        foreach (var argument in document.GetProperty("inputs").EnumerateArray().Concat(document.GetProperty("outputs").EnumerateArray()))
            Assert.False(string.IsNullOrWhiteSpace(argument.GetProperty("description").GetString()), argument.GetRawText());
        Assert.NotEmpty(document.GetProperty("customProperties").GetProperty("llmOrc").GetProperty("sample").EnumerateObject());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void In_a_designer_it_goes_from_left_to_right_and_nothing_lies_on_something_else(string name)
    {
        var root = Document(name).GetProperty("root");
        var places = root.GetProperty("activities").EnumerateArray().ToDictionary(a => a.GetProperty("id").GetString()!, Place);

        foreach (var (id, (x, y)) in places)
        {
            foreach (var (other, (otherX, otherY)) in places.Where(p => p.Key != id))
                Assert.False(Math.Abs(x - otherX) < NodeWidth && Math.Abs(y - otherY) < NodeHeight, $"'{id}' lies on '{other}'.");
        }

        // A connection that goes back is led around what it passes.
        foreach (var connection in root.GetProperty("connections").EnumerateArray())
        {
            var (source, target) = (places[End(connection, "source")], places[End(connection, "target")]);
            if (target.X < source.X && target.Y == source.Y)
                Assert.NotEmpty(connection.GetProperty("vertices").EnumerateArray());
        }
    }

    private static JsonElement Document(string name) => JsonElement.Parse(File.ReadAllBytes(RepositoryRoot.Combine("workflows", $"{name}.json")));

    private static (int X, int Y) Place(JsonElement activity)
    {
        var position = activity.GetProperty("metadata").GetProperty("designer").GetProperty("position");
        return (position.GetProperty("x").GetInt32(), position.GetProperty("y").GetInt32());
    }

    private static string End(JsonElement connection, string end) => connection.GetProperty(end).GetProperty("activity").GetString()!;
}
