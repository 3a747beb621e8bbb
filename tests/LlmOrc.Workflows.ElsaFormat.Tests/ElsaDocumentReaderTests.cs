using System.Security.Cryptography;
using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>What documents of every age and spelling become.</summary>
public sealed class ElsaDocumentReaderTests
{
    private const string WriteHello = "{'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'hello'}}}";

    public static TheoryData<string> RecordedWorkflows => [.. Directory.GetDirectories(ContractFolder).Select(d => Path.GetFileName(d)!).Order()];

    private static string ContractFolder => RepositoryRoot.Combine("tests", "contract", "workflows");

    [Theory]
    [MemberData(nameof(RecordedWorkflows))]
    public void Recorded_definition_of_a_real_server_has_no_errors(string name)
    {
        var document = File.ReadAllBytes(Path.Combine(ContractFolder, name, "definition.json"));

        var reading = Documents.Reader.Read(document);

        Assert.DoesNotContain(reading.Diagnostics, d => d.Severity == DiagnosticSeverity.Error);
        Assert.All(reading.Diagnostics, d => Assert.Contains(d.Code, (string[])["unknown-activity", "language-refused"]));
        // The recording has the node ids that the server computed (Workflow1 is inside the child there, for a workflow used as activity).
        var recorded = NodeIds(JsonElement.Parse(document).GetProperty("root")).Select(id => id.Replace("Workflow2:", "Workflow1:")).ToHashSet();
        Assert.Subset(recorded, reading.Graph!.Nodes.Skip(1).Select(n => n.NodeId).ToHashSet());
    }

    [Fact]
    public void Envelope_becomes_the_graph()
    {
        var reading = Documents.Read("""
            {'$schema':'https://example.org','id':'version-7','definitionId':'pr-review','name':' PR review ','description':'Reviews','version':7,
             'inputs':[{'type':'String','name':'Diff','description':'The change'},{'type':'Int32','isArray':true,'name':'lines'}],
             'outputs':[{'type':'String','name':'Verdict'}],
             'options':{'incidentStrategyType':'Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy, Elsa.Workflows.Core'},
             'variables':[{'id':'v','name':'Notes','typeName':'String','value':'none','storageDriverTypeName':'WorkflowInstanceStorageDriver'}],
             'root':{'id':'flow','type':'Elsa.Flowchart','activities':[]}}
            """);

        var graph = reading.GraphOrThrow();
        Assert.Empty(reading.Diagnostics);
        Assert.Equal(("version-7", "pr-review", "PR review", "Reviews", 7), (graph.VersionId, graph.DefinitionId, graph.Name, graph.Description, graph.Version));
        Assert.Equal(IncidentStrategy.ContinueWithIncidents, graph.IncidentStrategy);
        Assert.Equal(("Workflow1", "Elsa.Workflow", "Workflow1"), (graph.Root.Id, graph.Root.Type, graph.Root.NodeId));
        Assert.Equal("Workflow1:flow", Assert.Single(graph.Root.Children).NodeId);
        Assert.Equal("none", Assert.Single(graph.Root.Variables).Default.GetString());
        Assert.Equal([("Diff", "String", "The change"), ("lines", "Int32[]", null)], graph.Inputs.Select(i => (i.Name, i.TypeName!, i.Description)));
        Assert.True(graph.HasOutput("verdict"));
    }

    [Fact]
    public void Hash_is_of_the_bytes_as_given()
    {
        byte[] document = [.. "\uFEFF"u8, .. Documents.Bytes(Documents.Definition("null")).Span];

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(document)), Documents.Reader.Read(document).GraphOrThrow().DocumentHash);
    }

    [Fact]
    public void Definition_without_ids_gets_them_from_name_and_content()
    {
        var graph = Documents.Read("{'name':'Panel Discussion, v2!','root':null}").GraphOrThrow();

        Assert.Equal("panel-discussion-v2", graph.DefinitionId);
        Assert.Equal($"panel-discussion-v2:{graph.DocumentHash[..12]}", graph.VersionId);
    }

    [Fact]
    public void Null_root_is_an_empty_sequence()
    {
        var root = Assert.Single(Documents.Graph("null").Root.Children);

        Assert.Equal(("Elsa.Sequence", "Sequence1"), (root.Type, root.Id));
        Assert.NotNull(root.Descriptor);
    }

    [Theory]
    [InlineData("{'workflowDefinition':DOC}")]
    [InlineData("{'model':DOC,'publish':true}")]
    [InlineData("{'workflowDefinition':{'model':DOC},'links':[]}")]
    [InlineData("DOC")]
    public void What_rest_wraps_around_a_definition_is_removed(string envelope)
    {
        var reading = Documents.Read(envelope.Replace("DOC", Documents.Definition(WriteHello)));

        Assert.Empty(reading.Diagnostics);
        Assert.Equal("d", reading.GraphOrThrow().DefinitionId);
    }

    [Fact]
    public void Outer_workflow_activity_is_the_implicit_one()
    {
        var graph = Documents.Graph($"{{'id':'Workflow7','type':'Elsa.Workflow','variables':[{{'id':'v','name':'V'}}],'root':{WriteHello}}}");

        Assert.Equal(["Workflow7", "Workflow7:w"], graph.Nodes.Select(n => n.NodeId));
        Assert.Equal("V", Assert.Single(graph.Root.Variables).Name);
    }

    [Fact]
    public void Implicit_workflow_avoids_ids_that_are_taken()
    {
        Assert.Equal("Workflow2", Documents.Graph(Documents.Sequence("{'id':'Workflow1','type':'Elsa.WriteLine'}")).Root.Id);
    }

    [Fact]
    public void Missing_ids_are_numbered_by_type_around_those_that_exist()
    {
        var graph = Documents.Graph("""
            {'type':'Elsa.Sequence','activities':[{'type':'Elsa.WriteLine'},{'id':'WriteLine2','type':'Elsa.WriteLine'},{'id':'','type':'Elsa.WriteLine'},{'id':5,'type':'Elsa.WriteLine'}]}
            """);

        Assert.Equal(["Workflow1", "Sequence1", "WriteLine1", "WriteLine2", "WriteLine3", "5"], graph.Nodes.Select(n => n.Id));
    }

    [Fact]
    public void Property_names_are_read_in_any_case()
    {
        var graph = Documents.Read("""
            {'Id':'v1','DefinitionId':'d','Root':{'Id':'s','Type':'Elsa.Sequence','Activities':[
              {'Id':'w','Type':'Elsa.WriteLine','NAME':'Hello','Text':{'TypeName':'String','Expression':{'Type':'Literal','Value':'x'}}}]}}
            """).GraphOrThrow();

        var node = graph.FindNode("w")!;
        Assert.Equal("Hello", node.Name);
        Assert.Equal("x", node.Inputs["text"].Expression.Source);
    }

    [Theory]
    [InlineData("{'typeName':'String','expression':{'type':'Literal','value':'x'}}", "Literal \"x\"")]
    [InlineData("{'typeName':'String','expression':{'type':'JavaScript','value':'1'}}", "JavaScript \"1\"")]
    [InlineData("{'typeName':'String','expression':{'type':'javascript','value':'1'}}", "JavaScript \"1\"")]
    [InlineData("{'typeName':'String','expression':{'type':'Json','value':'[1]'}}", "Object \"[1]\"")]
    [InlineData("{'typeName':'String','expression':{'type':'Object','value':{'a':1}}}", "Object {\"a\":1}")]
    [InlineData("{'typeName':null,'expression':{'type':'Literal','value':'x'},'memoryReference':null}", "Literal \"x\"")]
    [InlineData("{'typeName':'String','expression':{'value':'x'}}", "Literal \"x\"")]
    [InlineData("{'typeName':'String','expression':'x'}", "Literal \"x\"")]
    [InlineData("{'type':'JavaScript','value':'1'}", "JavaScript \"1\"")]
    [InlineData("{'typeName':'String','memoryReference':{'id':'v-a'}}", "Variable {\"id\":\"v-a\",\"name\":\"Answer\"}")]
    [InlineData("{'typeName':'String','memoryReference':{'id':'w:input-text'},'expression':{'type':'Literal','value':'x'}}", "Literal \"x\"")]
    [InlineData("{'typeName':'String','memoryReference':{'id':'w:input-text'}}", null)]
    [InlineData("{'typeName':'String','expression':{'type':'Literal'}}", null)]
    [InlineData("{'typeName':'String','expression':null}", null)]
    [InlineData("{'typeName':'String'}", null)]
    [InlineData("{}", null)]
    [InlineData("null", null)]
    [InlineData("'x'", "Literal \"x\"")]
    [InlineData("''", "Literal \"\"")]
    [InlineData("5", "Literal 5")]
    [InlineData("false", "Literal false")]
    [InlineData("[1,2]", "Literal [1,2]")]
    [InlineData("{'typeName':'String','expression':{'type':'Variable','value':{'id':'v-a','name':'Old name'}}}", "Variable {\"id\":\"v-a\",\"name\":\"Answer\"}")]
    [InlineData("{'typeName':'String','expression':{'type':'Variable','value':{'Name':'answer'}}}", "Variable {\"id\":\"v-a\",\"name\":\"Answer\"}")]
    [InlineData("{'typeName':'String','expression':{'type':'Variable','value':'Answer'}}", "Variable {\"id\":\"v-a\",\"name\":\"Answer\"}")]
    [InlineData("{'typeName':'String','expression':{'type':'Variable','value':'{\\'id\\':\\'v-a\\',\\'name\\':\\'Answer\\'}'}}", "Variable {\"id\":\"v-a\",\"name\":\"Answer\"}")]
    [InlineData("{'typeName':'String','expression':{'type':'Input','value':'{\\'name\\':\\'Diff\\'}'}}", "Input {\"name\":\"diff\"}")]
    [InlineData("{'typeName':'String','expression':{'type':'Input','value':{'name':'diff','type':'String'}}}", "Input {\"name\":\"diff\"}")]
    [InlineData("{'typeName':'String','expression':{'type':'CSharp','value':'1+1'}}", "CSharp \"1+1\"")]
    public void Input_is_read_in_every_form(string input, string? expected)
    {
        var graph = Documents.Graph(
            $"{{'id':'w','type':'Elsa.WriteLine','text':{input}}}",
            "'variables':[{'id':'v-a','name':'Answer'}],'inputs':[{'name':'diff','type':'String'}]");

        var binding = graph.FindNode("w")!.Inputs.GetValueOrDefault("text");
        Assert.Equal(expected, binding is null ? null : $"{binding.Expression.Type} {binding.Expression.Value.GetRawText()}");
    }

    [Theory]
    [InlineData("{'id':'v-a','name':'Answer','typeName':'Int32'}")]
    [InlineData("{'Id':'v-a'}")]
    [InlineData("'v-a'")]
    [InlineData("'Answer'")]
    [InlineData("{'name':'Answer'}")]
    [InlineData("{'typeName':'Variable','expression':{'type':'Literal','value':{'id':'v-a','name':'Answer'}}}")]
    [InlineData("{'typeName':'Variable','expression':{'type':'Object','value':'{\\'id\\':\\'v-a\\'}'}}")]
    public void Variable_of_SetVariable_is_found_by_id_or_name(string variable)
    {
        var graph = Documents.Graph($"{{'id':'sv','type':'Elsa.SetVariable','variable':{variable},'value':1}}", "'variables':[{'id':'v-a','name':'Answer'}]");

        Assert.Equal("v-a", graph.FindNode("sv")!.Inputs["variable"].Expression.Value.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("'connections':[{'source':{'activity':'a','port':'Yes'},'target':{'activity':'b','port':'In'}}]", "a Yes b")]
    [InlineData("'connections':[{'Source':{'Activity':'a','Port':'Yes'},'Target':{'Activity':'b'}}]", "a Yes b")]
    [InlineData("'connections':[{'source':{'activity':'a','port':null},'target':{'activity':'b'}}]", "a Done b")]
    [InlineData("'connections':[{'source':'a','target':'b','sourcePort':'Yes','targetPort':'In'}]", "a Yes b")]
    [InlineData("'connections':[{'source':'a','target':'b'}]", "a Done b")]
    [InlineData("'connections':{'$values':[{'source':'a','target':'b'},{'source':'b','target':'a','sourcePort':'Back'}]}", "a Done b, b Back a")]
    [InlineData("'connections':{'source':{'activity':'a'},'target':{'activity':'b'}}", "a Done b")]
    [InlineData("'customProperties':{'notFoundConnections':[{'source':{'activity':'a'},'target':{'activity':'b'}},{'source':{'activity':'a'},'target':{'activity':'lost'}}]}", "a Done b")]
    [InlineData("'customProperties':{'NotFoundConnectionsKey':[{'source':{'activity':'a'},'target':{'activity':'b'}}]},'connections':[{'source':'a','target':'b'}]", "a Done b")]
    [InlineData("'connections':null", "")]
    public void Connection_is_read_in_every_form(string connections, string expected)
    {
        var graph = Documents.Graph($"{{'id':'f','type':'Elsa.Flowchart','activities':[{{'id':'a','type':'Elsa.Start'}},{{'id':'b','type':'Elsa.End'}}],{connections}}}");

        Assert.Equal(expected, string.Join(", ", graph.FindNode("f")!.Connections.Select(c => $"{c.Source.Id} {c.Port} {c.Target.Id}")));
    }

    [Theory]
    [InlineData("'customProperties':{'canStartWorkflow':true}", true)]
    [InlineData("'customProperties':{'CanStartWorkflow':'True'}", true)]
    [InlineData("'canStartWorkflow':true", true)]
    [InlineData("'customProperties':{'canStartWorkflow':false}", false)]
    [InlineData("'metadata':{}", false)]
    public void Start_mark_is_found_where_versions_put_it(string mark, bool expected)
    {
        Assert.Equal(expected, Documents.Graph($"{{'id':'e','type':'Test.Event','eventName':'x',{mark}}}").FindNode("e")!.CanStartWorkflow);
    }

    [Fact]
    public void Children_ports_and_cases_are_read_by_descriptor()
    {
        var graph = Documents.Graph("""
            {'id':'s','type':'Elsa.Sequence','activities':{'$values':[
              {'id':'if','type':'Elsa.If','then':{'id':'yes','type':'Elsa.WriteLine'},'else':null},
              {'id':'sw','type':'Elsa.Switch','mode':'MatchAny','default':{'id':'other','type':'Elsa.WriteLine'},'cases':[
                {'label':'Big','condition':{'type':'JavaScript','value':'big()'},'activity':{'id':'big','type':'Elsa.WriteLine'}},
                {'label':'Small','condition':{'typeName':'Boolean','expression':{'type':'Literal','value':true}},'activity':null}]},
              {'id':'fork','type':'Elsa.Fork','branches':[{'id':'b1','type':'Elsa.WriteLine'},{'id':'b2','type':'Elsa.WriteLine'}]},
              {'id':'http','type':'Test.SendHttpRequest','expectedStatusCodes':[{'statusCode':404,'activity':{'id':'gone','type':'Elsa.WriteLine'}}]},
              {'id':'u','type':'Acme.Box','body':{'id':'hidden','type':'Elsa.WriteLine'}}]}}
            """);

        Assert.Equal("yes", graph.FindNode("if")!.Port("then")!.Id);
        Assert.Null(graph.FindNode("if")!.Port("else"));
        var cases = graph.FindNode("sw")!.Cases;
        Assert.Equal([("Big", "JavaScript", "big"), ("Small", "Literal", null)], cases.Select(c => (c.Label, c.Condition.Type, c.Activity?.Id)));
        Assert.Equal("other", graph.FindNode("sw")!.Port("default")!.Id);
        Assert.Equal(["b1", "b2"], graph.FindNode("fork")!.Children.Select(c => c.Id));
        Assert.Equal("404 gone", graph.FindNode("http")!.Cases.Select(c => $"{c.Label} {c.Activity!.Id}").Single());
        Assert.Null(graph.FindNode("u")!.Descriptor);
        Assert.Null(graph.FindNode("hidden"));
        Assert.Equal("Workflow1:s:sw:big", graph.FindNode("big")!.NodeId);
    }

    [Fact]
    public void Raw_input_is_taken_as_it_is()
    {
        var binding = Documents.Graph("{'id':'k','type':'Elsa.Fork','joinMode':'WaitAny','branches':[]}").FindNode("k")!.Inputs["joinMode"];

        Assert.Equal(("Literal", "WaitAny"), (binding.Expression.Type, binding.Expression.Source));
    }

    [Fact]
    public void Known_activity_that_a_server_did_not_find_is_restored()
    {
        var graph = Documents.Graph("""
            {'id':'x','type':'Elsa.NotFoundActivity','missingTypeName':'Elsa.WriteLine','missingTypeVersion':1,
             'originalActivityJson':'{\'id\':\'old\',\'type\':\'Elsa.WriteLine\',\'name\':\'Say\',\'text\':{\'typeName\':\'String\',\'expression\':{\'type\':\'Literal\',\'value\':\'back\'}}}'}
            """);

        var node = graph.FindNode("x")!;
        Assert.Equal(("Elsa.WriteLine", "Say", "back"), (node.Type, node.Name, node.Inputs["text"].Expression.Source));
    }

    [Fact]
    public void Mistake_inside_a_restored_activity_is_shown_at_its_text()
    {
        var reading = Documents.Read(Documents.Definition("""
            {'id':'x','type':'Elsa.NotFoundActivity','missingTypeName':'Test.Event',
             'originalActivityJson':'{\'id\':\'old\',\'type\':\'Test.Event\'}'}
            """));

        var diagnostic = Assert.Single(reading.Diagnostics);
        Assert.Equal(("input-required", 2, "$.root.originalActivityJson"), (diagnostic.Code, diagnostic.Line, diagnostic.Path));
    }

    [Theory]
    [InlineData("{'typeName':'Boolean','memoryReference':{'id':'v-a'}}", "v-a")]
    [InlineData("{'typeName':'Boolean','memoryReference':{'id':'Answer'}}", "v-a")]
    [InlineData("{'typeName':'Boolean','memoryReference':{'id':'verdict'}}", "Verdict")]
    [InlineData("{'typeName':'Boolean','memoryReference':{'id':'i:output-result'}}", null)]
    [InlineData("null", null)]
    public void Output_goes_to_a_variable_or_an_output_of_the_workflow(string output, string? expected)
    {
        var graph = Documents.Graph(
            $"{{'id':'i','type':'Elsa.If','result':{output}}}", "'variables':[{'id':'v-a','name':'Answer'}],'outputs':[{'name':'Verdict','type':'String'}]");

        Assert.Equal(expected, graph.FindNode("i")!.Outputs.SingleOrDefault()?.TargetId);
    }

    [Theory]
    [InlineData("Int32", "'7'", "7")]
    [InlineData("System.Int32, System.Private.CoreLib", "'7'", "7")]
    [InlineData("Boolean", "'True'", "true")]
    [InlineData("String", "''", "\"\"")]
    [InlineData("String", "5", "\"5\"")]
    [InlineData("Object", "'x'", "\"x\"")]
    [InlineData("Int32[]", "'[1,2]'", "[1,2]")]
    [InlineData("List<Int32>", "'[1,2]'", "[1,2]")]
    [InlineData("ObjectDictionary", "'{\\'a\\':1}'", "{\"a\":1}")]
    [InlineData("Double", "'1.5'", "1.5")]
    [InlineData("TimeSpan", "'00:01:00'", "\"00:01:00\"")]
    [InlineData("Int32", "''", null)]
    [InlineData("Int32", "null", null)]
    [InlineData("Int32", "1e400", null)]
    [InlineData("Boolean", "'maybe'", null)]
    [InlineData("DateTime", "'not a date'", null)]
    [InlineData("Int32[]", "'[1,'", null)]
    [InlineData("Int32[]", "'one'", null)]
    public void Default_of_a_variable_is_converted_to_its_type(string typeName, string value, string? expected)
    {
        var graph = Documents.Graph("null", $"'variables':[{{'id':'v','name':'V','typeName':'{typeName}','value':{value}}}]");

        var initial = Assert.Single(graph.Root.Variables).Default;
        Assert.Equal(expected, initial.ValueKind == JsonValueKind.Undefined ? null : initial.GetRawText());
    }

    [Fact]
    public void Container_variables_are_scoped_to_it_and_get_ids()
    {
        var graph = Documents.Graph("""
            {'id':'s','type':'Elsa.Sequence','variables':[{'name':'Inner','typeName':'Int32','isArray':true,'value':'[1]'}],'activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'name':'Inner'}}}}]}
            """);

        var variable = Assert.Single(graph.FindNode("s")!.Variables);
        Assert.Equal(("s:variable-1", "Inner", "Int32", true), (variable.Id, variable.Name, variable.TypeName, variable.IsArray));
        Assert.Equal("s:variable-1", graph.FindNode("w")!.Inputs["text"].Expression.Value.GetProperty("id").GetString());
    }

    [Fact]
    public void Iteration_variables_are_known_inside_loops()
    {
        var graph = Documents.Graph("""
            {'id':'l','type':'Elsa.ForEach','items':'[1]','body':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'name':'CurrentValue'}}}}]}}
            """);

        Assert.Equal("CurrentValue", graph.FindNode("w")!.Inputs["text"].Expression.Value.GetProperty("name").GetString());
    }

    [Fact]
    public void Our_part_of_the_custom_properties_says_what_must_be_given()
    {
        var reading = Documents.Read(Documents.Definition("null", """
            'inputs':[{'name':'diff','type':'String'},{'name':'rounds','type':'Int32'},{'name':'title','type':'String'}],
            'customProperties':{'LlmOrc':{'required':['Diff'],'defaults':{'rounds':'3','title':'Untitled'},'schemas':{'Rounds':{'minimum':1}},'sample':{'diff':'x'}}}
            """));

        Assert.Empty(reading.Diagnostics);
        Assert.Equal(
            [("diff", true, "Undefined"), ("rounds", false, "3"), ("title", false, "\"Untitled\"")],
            reading.GraphOrThrow().Inputs.Select(i => (i.Name, i.IsRequired, i.Default.ValueKind == JsonValueKind.Undefined ? "Undefined" : i.Default.GetRawText())));
        Assert.Equal(["", "{\"minimum\":1}", ""], reading.GraphOrThrow().Inputs.Select(i => i.Schema.ToText()));
    }

    [Theory]
    [InlineData("getOutputFrom('a')", "a")]
    [InlineData("getOutputFrom( `a` , 'result')", "a")]
    [InlineData("getOutputFrom('Greeter')", "b")]
    [InlineData("getResultFromGreeter() + 1", "b")]
    [InlineData("getLengthFromTwoWords()", "c")]
    [InlineData("getXFromYFromA()", "a")]
    [InlineData("getFrom('a')", "")]
    [InlineData("x.getOutputs", "")]
    [InlineData("getOutputFrom(name)", "a,b,c")]
    [InlineData("{{ outputs.a.result }}", "a")]
    [InlineData("{{ outputs['a'] }}", "a")]
    [InlineData("getVariable('x')", "")]
    public void Outputs_are_kept_where_some_text_names_their_activity(string source, string expected)
    {
        const string document = """
            {"definitionId":"d","root":{"id":"s","type":"Elsa.Sequence","activities":[
              {"id":"a","type":"Elsa.WriteLine"},{"id":"b","name":"greeter","type":"Elsa.WriteLine"},{"id":"c","name":"Two words","type":"Elsa.WriteLine"},
              {"id":"e","type":"Elsa.WriteLine","text":TEXT}]}}
            """;

        var graph = Documents.Reader.Read(System.Text.Encoding.UTF8.GetBytes(document.Replace("TEXT", JsonSerializer.Serialize(source)))).GraphOrThrow();

        Assert.Equal(expected, string.Join(",", graph.Nodes.Where(n => n.KeepsOutputs && n.Id.Length == 1 && n.Id is not ("e" or "s")).Select(n => n.Id)));
    }

    [Theory]
    [InlineData("getLastResult().x", true)]
    [InlineData("{{ last_result }}", true)]
    [InlineData("lastResult", false)]
    public void Last_result_is_kept_where_some_text_asks_for_it(string source, bool expected)
    {
        Assert.Equal(expected, Documents.Graph($"{{'id':'w','type':'Elsa.WriteLine','text':'{source}'}}").UsesLastResult);
    }

    private static HashSet<string> NodeIds(JsonElement activity)
    {
        var found = new HashSet<string>();
        Collect(activity);
        return found;

        void Collect(JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                if (value.TryGetProperty("nodeId", out var nodeId))
                    found.Add(nodeId.GetString()!);
                foreach (var property in value.EnumerateObject())
                    Collect(property.Value);
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in value.EnumerateArray())
                    Collect(item);
            }
        }
    }
}
