using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat;
using LlmOrc.Workflows.ElsaFormat.Expressions;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>Nothing that comes from outside may throw, hang or eat memory.</summary>
public sealed class DamagedDocumentTests
{
    private const int MutatedDocuments = 2_000;

    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 1_000 };

    // With the real dialects, so that damaged sources reach their parsers.
    private static readonly ElsaDocumentReader Reader = new(
        Documents.Catalog, [new JavaScriptDialect(new()), new LiquidDialect(new()), new ScribanDialect(new())]);

    private static readonly string[] Corpus =
    [
        .. Directory.GetDirectories(RepositoryRoot.Combine("tests", "contract", "workflows")).Order().Select(d => File.ReadAllText(Path.Combine(d, "definition.json"))),
        .. DiagnosticsTable.Cases.Values.Select(c => c.Document.Replace('\'', '"')),
    ];

    [Fact]
    public void Mutated_documents_give_a_graph_or_errors_and_never_an_exception()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SEED={seed}");
        var random = new Random(seed);
        for (var i = 0; i < MutatedDocuments; i++)
        {
            var document = Mutated(random);
            try
            {
                AssertHonest(Reader.Read(document), document);
            }
            catch (Exception exception)
            {
                Assert.Fail($"SEED={seed}, document {i}: {exception}\n{Encoding.UTF8.GetString(document)}");
            }
        }
    }

    [Theory]
    [InlineData("[", "]", 10_000)]
    [InlineData("{'a':", "}", 10_000)]
    [InlineData("{'id':'x','type':'Elsa.If','then':", "}", 10_000)]
    [InlineData("[", "", 1_000_000)]
    public void Depth_is_refused_with_its_place(string open, string close, int depth)
    {
        var document = "{'root':" + Repeated(open, depth) + "null" + Repeated(close, depth) + "}";

        var diagnostic = Assert.Single(Documents.Read(document).Diagnostics);
        Assert.Equal(("too-deep", DiagnosticSeverity.Error), (diagnostic.Code, diagnostic.Severity));
        Assert.Equal(1, diagnostic.Line);
    }

    [Fact]
    public void Activities_inside_each_other_are_read_down_to_the_bound()
    {
        const int levels = 99;
        var root = Repeated("{'type':'Elsa.Sequence','activities':[", levels) + "{'type':'Elsa.WriteLine'}" + Repeated("]}", levels);

        Assert.Equal(levels + 2, Documents.Graph(root).Nodes.Count);
    }

    [Fact]
    public void Activities_inside_texts_inside_texts_are_read_down_to_the_bound()
    {
        var inner = """{"type":"Elsa.WriteLine"}""";
        for (var i = 0; i < 14; i++)
        {
            inner = """{"type":"Elsa.If","then":{"type":"Elsa.NotFoundActivity","missingTypeName":"Elsa.If","originalActivityJson":INNER}}"""
                .Replace("INNER", JsonSerializer.Serialize(inner, Values.Json));
        }

        var reading = Documents.Reader.Read(Encoding.UTF8.GetBytes("""{"definitionId":"d","root":INNER}""".Replace("INNER", inner)));

        Assert.Equal(16, reading.GraphOrThrow().Nodes.Count);
    }

    [Fact]
    public void Documents_over_ten_mebibytes_are_refused_unread()
    {
        var diagnostic = Assert.Single(Documents.Reader.Read(new byte[ElsaDocumentReader.MaxBytes + 1]).Diagnostics);

        Assert.Equal("too-large", diagnostic.Code);
    }

    [Theory]
    [InlineData("[", "1,", "1]", 10)]
    [InlineData("[", "1,", "1]", 1)]
    [InlineData("{'id':'s','type':'Elsa.Sequence','activities':[", "{'type':'Elsa.WriteLine'},", "{'type':'Elsa.WriteLine'}]}", 6)]
    [InlineData("{'id':'s','type':'Elsa.Sequence','activities':[", "{'id':'a','type':'Elsa.If','then':5,'nope':1},", "{}]}", 4)]
    [InlineData("{'id':'s','type':'Elsa.Switch','cases':[", "{'label':'x'},", "{}]}", 3)]
    [InlineData("{'id':'s','type':'Elsa.Flowchart','activities':[],'connections':[", "{'source':'a','target':'b'},", "{}]}", 4)]
    [InlineData("{'id':'s','type':'Elsa.Sequence','activities':[],'variables':[", "{'name':'a','typeName':'Q'},", "{}]}", 4)]
    [InlineData("{'id':'s','type':'Elsa.WriteLine',", "'a':1,'b':2,", "'text':1}", 2)]
    [InlineData("{'id':'s','type':'Elsa.WriteLine','text':'", "getOutputFrom getXFromY outputs[ ", "'}", 10)]
    [InlineData("{'id':'s','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'JavaScript','value':'", "((((", "'}}}", 10)]
    [InlineData("{'id':'s','type':'Elsa.Switch','cases':[", "{'label':'x','condition':{'type':'JavaScript','value':'f(1,2,[3,4,5],{a:`${b}`},x=>x*2,y=>{return y+1})||g(!h);'}},", "{}]}", 8)]
    [InlineData("{'id':'s','type':'Elsa.NotFoundActivity','missingTypeName':'Elsa.If','originalActivityJson':'", "[1,", "'}", 10)]
    public void Largest_documents_are_read_in_bounded_time_and_memory(string head, string repeated, string tail, int mebibytes)
    {
        var body = new StringBuilder("{'definitionId':'d','root':").Append(head);
        while (body.Length + repeated.Length < mebibytes * 1024 * 1024 - 1000)
            body.Append(repeated);
        var document = Documents.Bytes(body.Append(tail).Append('}').ToString());

        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var work = ThreadTime.Start();
        var reading = Reader.Read(document);
        var time = work.Elapsed;
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;

        TestContext.Current.TestOutputHelper?.WriteLine($"{time.TotalMilliseconds:0} ms, {kept / 1024} KiB kept, {reading.Diagnostics.Count} diagnostics, first: {(reading.Diagnostics.Count > 0 ? reading.Diagnostics[0] : null)}");
        AssertHonest(reading, document);
        Assert.True(reading.Diagnostics.Count <= 501);
        // Far above what was seen: it catches what grows with the square.
        Assert.True(time < TimeSpan.FromSeconds(20), $"It took {time}.");
        Assert.True(kept < 64 * 1024 * 1024, $"It kept {kept} bytes.");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_place()
    {
        byte[] document = [.. "{\n\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        var diagnostic = Assert.Single(Documents.Reader.Read(document).Diagnostics);
        Assert.Equal(("not-json", 2, 9), (diagnostic.Code, diagnostic.Line, diagnostic.Column));
    }

    private static void AssertHonest(DefinitionReading reading, ReadOnlyMemory<byte> document)
    {
        Assert.Equal(reading.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error), reading.Graph is null);
        var lines = document.Span.Count((byte)'\n') + 1;
        Assert.All(reading.Diagnostics, d =>
        {
            Assert.NotEmpty(d.Message);
            Assert.True(d.Line is null || (d.Line >= 1 && d.Line <= lines && d.Column >= 1), $"{d} is at {d.Line}:{d.Column} of {lines} lines.");
            Assert.True(d.Path is null || d.Line is not null, $"{d} has a path without a line.");
        });
    }

    private static byte[] Mutated(Random random)
    {
        var text = Corpus[random.Next(Corpus.Length)];
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            text = random.Next(3) == 0 || !TryParse(text, out var root)
                ? MutatedText(text, random)
                : MutatedTree(root, random);
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static string MutatedText(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        return random.Next(6) switch
        {
            0 => text[..at],
            1 => text[at..],
            2 => text.Insert(at, ((char)random.Next(1, 0x2000)).ToString()),
            3 => text.Insert(at, "\"\\ud800\""),
            4 => text.Insert(at, Repeated("[", random.Next(1, 400))),
            _ => text.Insert(at, "{,:}[]\"//"[random.Next(9)].ToString()),
        };
    }

    private static string MutatedTree(JsonNode root, Random random)
    {
        var nodes = new List<JsonNode>();
        Collect(root);
        var parents = nodes.Where(n => n is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }).ToList();
        if (parents.Count == 0)
            return "[]";

        var parent = parents[random.Next(parents.Count)];
        switch (parent)
        {
            case JsonObject o:
                var key = o.ElementAt(random.Next(o.Count)).Key;
                var value = o[key]?.DeepClone();
                switch (random.Next(4))
                {
                    case 0:
                        o.Remove(key);
                        break;
                    case 1:
                        o.Remove(key);
                        o[random.Next(2) == 0 ? key.ToUpperInvariant() : "x" + key] = value;
                        break;
                    default:
                        o[key] = Another(random, nodes);
                        break;
                }

                break;
            case JsonArray a:
                if (random.Next(2) == 0)
                    a.Add(a[random.Next(a.Count)]?.DeepClone());
                else
                    a[random.Next(a.Count)] = Another(random, nodes);
                break;
        }

        return root.ToJsonString(Deep);

        void Collect(JsonNode? node)
        {
            if (node is null)
                return;
            nodes.Add(node);
            foreach (var child in node is JsonObject o ? o.Select(p => p.Value) : node is JsonArray a ? a : Enumerable.Empty<JsonNode?>())
                Collect(child);
        }
    }

    // Values of other places make duplicate ids, cycles of connections, and activities where none belong.
    private static JsonNode? Another(Random random, List<JsonNode> nodes) => random.Next(12) switch
    {
        0 => null,
        1 => JsonNode.Parse("1e999"),
        2 => JsonNode.Parse(random.NextInt64().ToString(CultureInfo.InvariantCulture) + "0000000000"),
        3 => true,
        4 => "",
        5 => new JsonArray(),
        6 => new JsonObject(),
        7 => new string('x', random.Next(5_000)),
        8 => JsonNode.Parse(Repeated("[", 150) + Repeated("]", 150), documentOptions: new() { MaxDepth = 1_000 }),
        9 => new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "((" } },
        _ => nodes[random.Next(nodes.Count)].DeepClone(),
    };

    private static bool TryParse(string text, out JsonNode root)
    {
        root = null!;
        try
        {
            root = JsonNode.Parse(text, documentOptions: new() { MaxDepth = 1_000 })!;
            // Reading it whole finds duplicate names and halves of surrogate pairs, which the tree refuses later.
            return root is not null && root.ToJsonString(Deep).Length < 2_000_000;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Repeated(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();
}
