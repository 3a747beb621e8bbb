using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>Writes Elsa documents for tests, as short as the eye likes them.</summary>
public static class Doc
{
    /// <summary>A document around a root activity.</summary>
    public static ReadOnlyMemory<byte> Of(JsonObject root, JsonArray? variables = null, JsonArray? inputs = null, JsonArray? outputs = null, string? incidents = null, string id = "test") =>
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["id"] = id + "-1",
            ["definitionId"] = id,
            ["name"] = id,
            ["version"] = 1,
            ["variables"] = variables ?? [],
            ["inputs"] = inputs ?? [],
            ["outputs"] = outputs ?? [],
            ["options"] = new JsonObject { ["incidentStrategyType"] = incidents },
            ["root"] = root,
        });

    public static JsonObject Activity(string type, string id, params (string Name, JsonNode? Value)[] properties)
    {
        var activity = new JsonObject { ["id"] = id, ["type"] = type };
        foreach (var (name, value) in properties)
            activity[name] = value;
        return activity;
    }

    public static JsonObject Sequence(string id, params JsonNode[] activities) => Activity("Elsa.Sequence", id, ("activities", new JsonArray(activities)));

    public static JsonObject Sequence(params JsonNode[] activities) => Sequence("seq", activities);

    public static JsonObject Parallel(string id, params JsonNode[] activities) => Activity("Elsa.Parallel", id, ("activities", new JsonArray(activities)));

    /// <summary>A flowchart; connections as <c>a>b</c> or <c>a.Outcome>b</c>; an underscore stands for a space.</summary>
    public static JsonObject Flowchart(string connections, params JsonNode[] activities) => Activity(
        "Elsa.Flowchart", "flow", ("activities", new JsonArray(activities)),
        ("connections", new JsonArray([.. connections.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Connection)])));

    public static JsonObject Set(string id, string variableId, JsonNode value) =>
        Activity("Elsa.SetVariable", id, ("variable", new JsonObject { ["id"] = variableId, ["name"] = variableId }), ("value", value));

    public static JsonObject SetOutput(string id, string name, JsonNode value) =>
        Activity("Elsa.SetOutput", id, ("outputName", Literal(name)), ("outputValue", value));

    public static JsonObject WriteLine(string id, JsonNode? text = null) => Activity("Elsa.WriteLine", id, ("text", text ?? Literal(id)));

    public static JsonObject Literal(JsonNode? value) => Expression("Literal", value);

    public static JsonObject JavaScript(string source) => Expression("JavaScript", source);

    public static JsonObject Variable(string name) => Expression("Variable", new JsonObject { ["name"] = name });

    public static JsonObject Expression(string type, JsonNode? value) =>
        new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };

    /// <summary>An output that goes to a variable.</summary>
    public static JsonObject To(string variableId) => new() { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = variableId } };

    public static JsonObject Variable(string id, string typeName, JsonNode? value = null) =>
        new() { ["id"] = id, ["name"] = id, ["typeName"] = typeName, ["value"] = value };

    public static JsonObject Argument(string name, string type = "Object") => new() { ["name"] = name, ["type"] = type };

    /// <summary>A start request for a document.</summary>
    public static StartRequest Start(this ReadOnlyMemory<byte> document, params (string Name, object? Value)[] input) =>
        new() { Document = document, Input = input.ToDictionary(i => i.Name, i => Values.From(i.Value)) };

    private static JsonNode Connection(string text)
    {
        var ends = text.Split('>');
        var source = ends[0].Split('.');
        return new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = source[0], ["port"] = source.ElementAtOrDefault(1)?.Replace('_', ' ') ?? "Done" },
            ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
        };
    }
}
