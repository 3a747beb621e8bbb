using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Expressions;

/// <summary>Documents whose expressions run in the real engine.</summary>
public sealed class RunJavaScriptTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Script_sets_variables_chooses_the_way_and_gives_a_result()
    {
        await using var host = new TestHost();

        var outcome = await host.RunAsync(Start("""
            {'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'js','name':'my script','type':'Elsa.RunJavaScript',
               'script':{'typeName':'String','expression':{'type':'Literal','value':'setVariable(`X`, getX() + 1); setOutcome(`Fine`); return { a: 1, b: [true, null, `s`] }'}},
               'possibleOutcomes':{'typeName':'String[]','expression':{'type':'Object','value':'[\'Fine\',\'Bad\']'}},
               'result':{'typeName':'Object','memoryReference':{'id':'v-o'}}},
              {'id':'fine','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'JavaScript','value':'`${getX()} ${JSON.stringify(getObj())} ${getResultFromMyScript().a} ${getLastResult().b.length}`'}}},
              {'id':'bad','type':'Elsa.WriteLine','text':'bad'}],
             'connections':[{'source':{'activity':'js','port':'Fine'},'target':{'activity':'fine'}},{'source':{'activity':'js','port':'Bad'},'target':{'activity':'bad'}},{'source':{'activity':'js','port':'Done'},'target':{'activity':'bad'}}]}
            """), Stop);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal(["""8 {"a":1,"b":[true,null,"s"]} 1 3"""], host.World.Lines);
    }

    [Theory]
    [InlineData("1", "done")]
    [InlineData("setOutcomes([`A`, `B`])", "a,b")]
    [InlineData("setOutcomes(`A`, `B`)", "a,b")]
    [InlineData("setOutcome(`A`); setOutcome(`B`)", "b")]
    public async Task Outcomes_are_those_chosen_last(string script, string expected)
    {
        await using var host = new TestHost();

        await host.RunAsync(Start($$"""
            {'id':'f','type':'Elsa.Flowchart','activities':[{'id':'js','type':'Elsa.RunJavaScript','script':'{{script}}'},
              {'id':'a','type':'Elsa.WriteLine','text':'a'},{'id':'b','type':'Elsa.WriteLine','text':'b'},{'id':'d','type':'Elsa.WriteLine','text':'done'}],
             'connections':[{'source':'js','sourcePort':'A','target':'a'},{'source':'js','sourcePort':'B','target':'b'},{'source':'js','target':'d'}]}
            """), Stop);

        Assert.Equal(expected, string.Join(",", host.World.Lines));
    }

    [Fact]
    public async Task Script_that_fails_faults_with_its_place()
    {
        await using var host = new TestHost();

        var outcome = await host.RunAsync(Start("{'id':'js','type':'Elsa.RunJavaScript','script':'1;\\nnosuch()'}"), Stop);

        Assert.Equal(InstanceSubStatus.Faulted, outcome.Row.SubStatus);
        Assert.Contains("line 2, column 1: ReferenceError: nosuch is not defined", Assert.Single(outcome.Incidents).Failure.Message);
    }

    [Fact]
    public async Task Script_that_does_not_parse_is_refused_at_the_start()
    {
        await using var host = new TestHost();

        var exception = await Assert.ThrowsAsync<Definitions.DefinitionInvalidException>(() =>
            host.RunAsync(Start("{'id':'js','type':'Elsa.RunJavaScript','script':'f('}"), Stop));

        Assert.Equal("expression-invalid", Assert.Single(exception.Diagnostics).Code);
    }

    [Fact]
    public async Task Expressions_of_all_dialects_work_together()
    {
        await using var host = new TestHost();

        await host.RunAsync(Start("""
            {'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'a','type':'Elsa.SetVariable','variable':{'id':'v-x'},'value':{'typeName':'Object','expression':{'type':'JavaScript','value':'getX() * 6'}}},
              {'id':'b','type':'Elsa.SetVariable','variable':{'id':'v-o'},'value':{'typeName':'Object','expression':{'type':'Scriban','value':'{{ [variables.X, 2] }}'}}},
              {'id':'c','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Liquid','value':'Hello {{ Variables.X }} {{ Variables.Obj | join: \'-\' }}'}}},
              {'id':'d','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'name':'x'}}}}]}
            """), Stop);

        Assert.Equal(["Hello 42 42-2", "42"], host.World.Lines);
    }

    private static StartRequest Start(string root) => new()
    {
        Document = Documents.Bytes(Documents.Definition(root, "'variables':[{'id':'v-x','name':'X','typeName':'Int32','value':'7'},{'id':'v-o','name':'Obj','typeName':'Object'}]")),
        Input = new Dictionary<string, JsonElement>(),
    };
}
