using System.Diagnostics;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Structured;
using Xunit;

namespace LlmOrc.Workflows.Tests.Structured;

public sealed class JsonSchemaTests
{
    private const string Findings = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Review", "type": "object", "required": ["verdict", "findings"], "additionalProperties": false,
          "properties": {
            "verdict": { "enum": ["merge", "wait"] },
            "findings": { "type": "array", "maxItems": 2, "items": { "$ref": "#/$defs/finding" } },
            "score": { "type": "integer", "minimum": 0, "maximum": 10 },
            "note": { "type": ["string", "null"], "maxLength": 5 }
          },
          "$defs": {
            "finding": {
              "type": "object", "required": ["line"], "properties": { "line": { "type": "integer", "exclusiveMinimum": 0 }, "file": { "type": "string", "pattern": "^[a-z/.]+$", "minLength": 2 }, "why": { "$ref": "#/$defs/finding" } }
            }
          }
        }
        """;

    [Theory]
    [InlineData("""{"verdict":"merge","findings":[]}""")]
    [InlineData("""{"verdict":"wait","findings":[{"line":1,"file":"a.cs"},{"line":2.0,"why":{"line":3,"why":{"line":4}}}],"score":10,"note":null}""")]
    [InlineData("""{"verdict":"wait","findings":[],"note":"🙂🙂🙂🙂🙂"}""")]
    public void What_fits_is_no_problem(string value) => Assert.Empty(Check(Findings, value));

    [Theory]
    [InlineData("[]", "$ must be of type object; it is [].")]
    [InlineData("""{"verdict":"merge"}""", "$ must have a property 'findings'.")]
    [InlineData("""{"verdict":"no","findings":[]}""", "$.verdict must be one of \"merge\", \"wait\"; it is \"no\".")]
    [InlineData("""{"verdict":"merge","findings":[],"extra":1}""", "$.extra must not be there; known: verdict, findings, score, note.")]
    [InlineData("""{"verdict":"merge","findings":[{"line":1},{"line":0}]}""", "$.findings[1].line must be more than 0; it is 0.")]
    [InlineData("""{"verdict":"merge","findings":[{"line":1.5}]}""", "$.findings[0].line must be of type integer; it is 1.5.")]
    [InlineData("""{"verdict":"merge","findings":[{"line":1,"why":{"line":1,"why":{}}}]}""", "$.findings[0].why.why must have a property 'line'.")]
    [InlineData("""{"verdict":"merge","findings":[{"line":1},{"line":1},{"line":1}]}""", "$.findings must have at most 2 items; it has 3.")]
    [InlineData("""{"verdict":"merge","findings":[{"line":1,"file":"A"}]}""", "$.findings[0].file must have at least 2 characters; it has 1. $.findings[0].file must match the pattern ^[a-z/.]+$.")]
    [InlineData("""{"verdict":"merge","findings":[],"score":11,"note":"123456"}""", "$.score must be at most 10; it is 11. $.note must have at most 5 characters; it has 6.")]
    [InlineData("""{"verdict":"merge","findings":[],"note":7}""", "$.note must be of type string or null; it is 7.")]
    public void What_does_not_fit_is_told_with_its_place(string value, string expected) => Assert.Equal(expected, string.Join(' ', Check(Findings, value)));

    [Theory]
    [InlineData("""{"a":"x"}""", "")]
    [InlineData("""{"a":3}""", "")]
    [InlineData("""{"a":true}""", "$.a fits none of 2 alternatives: $.a must be of type string; it is true. $.a must be of type number; it is true.")]
    [InlineData("""{"b":{"z":1}}""", "")]
    [InlineData("""{"b":{"z":"1"}}""", "$.b.z must be of type number; it is \"1\".")]
    [InlineData("""{"c":{"k":[1,2.0]}}""", "")]
    [InlineData("""{"c":{"k":[1,3]}}""", "$.c must be {\"k\":[1,2]}; it is {\"k\":[1,3]}.")]
    public void Alternatives_maps_and_constants_are_checked(string value, string expected)
    {
        const string Schema = """
            {"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"number"}]},"b":{"type":"object","additionalProperties":{"type":"number"}},"c":{"const":{"k":[1,2]}}}}
            """;

        Assert.Equal(expected, string.Join(' ', Check(Schema, value)));
    }

    [Theory]
    [InlineData("""{"type":"array"}""", "#: 'type' must be \"object\" here")]
    [InlineData("""{}""", "#: 'type' must be \"object\" here")]
    [InlineData("[]", "It must be an object")]
    [InlineData("\"{ \\\"type\\\": \"", "It is not JSON:")]
    [InlineData("""{"type":"object","proprties":{}}""", "#: 'proprties' is not supported. Did you mean 'properties'?")]
    [InlineData("""{"type":"object","properties":{"a":{"oneOf":[]}}}""", "#/properties/a: 'oneOf' is not supported.")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"date"}}}""", "#/properties/a: 'type' must be one of object, array,")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}}}""", "#/properties/a: '$ref' is \"#/$defs/b\", which is not here")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"https://example.org/schema"}}}""", "which is not here")]
    [InlineData("""{"type":"object","properties":{"a":{"pattern":"("}}}""", "#/properties/a: 'pattern' must be a regular expression:")]
    [InlineData("""{"type":"object","properties":{"a":{"minLength":-1,"minimum":"1","enum":[],"items":[1],"anyOf":{}}},"required":"a"}""", "#/properties/a: 'minLength' must be a whole number from 0. #/properties/a: 'minimum' must be a number. #/properties/a: 'enum' must be a list that is not empty. #/properties/a/items: a schema must be an object: { … }. #/properties/a: 'anyOf' must be a list of schemas. #: 'required' must be a list of names.")]
    public void A_schema_that_cannot_be_kept_is_refused_with_all_its_places(string schema, string expected)
    {
        var failure = Assert.Throws<FailureException>(() => JsonSchema.Read(JsonElement.Parse(schema))).Failure;

        Assert.Equal("SchemaInvalid", failure.Type);
        Assert.Contains(expected, failure.Message);
    }

    [Fact]
    public void A_schema_stored_as_a_text_is_read()
    {
        var schema = JsonSchema.Read(Values.From("""{ "type": "object", "required": ["a"] }"""));

        Assert.Equal(JsonValueKind.Object, schema.Json.ValueKind);
        Assert.NotEmpty(schema.Check(Values.EmptyObject));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/a"}}}""", """{"a":1}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}}}""", """{"a":1}""")]
    [InlineData("""{"type":"object","properties":{"a":{"pattern":"^(a+)+$"}}}""", """{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}""")]
    public void A_hostile_schema_ends(string schema, string value)
    {
        var started = Stopwatch.GetTimestamp();

        Assert.NotEmpty(Check(schema, value));
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
    }

    [Fact]
    public void A_large_or_deep_schema_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"items\":", 50)) + "{}" + new string('}', 50);
        Assert.Throws<FailureException>(() => JsonSchema.Read(JsonElement.Parse($"{{\"type\":\"object\",\"properties\":{{\"a\":{deep}}}}}")));
        Assert.Throws<FailureException>(() => JsonSchema.Read(JsonElement.Parse($$"""{"type":"object","description":"{{new string('x', 70_000)}}"}""")));
    }

    private static IReadOnlyList<string> Check(string schema, string value) => JsonSchema.Read(JsonElement.Parse(schema)).Check(JsonElement.Parse(value));
}
