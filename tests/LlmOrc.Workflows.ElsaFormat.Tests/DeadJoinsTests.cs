using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>Flowcharts in short: <c>d:True>j</c> is a connection from d's port True to j; what begins with d decides, with s switches, with j joins.</summary>
public sealed class DeadJoinsTests
{
    [Theory]
    [InlineData("both ways at once", "start>d d:True>j d:False>j", "WaitAll")]
    [InlineData("ways with something on them", "start>d d:True>a a>b b>j d:False>c c>j", "WaitAll")]
    [InlineData("a third way", "start>d start>a a>j d:True>j d:False>j", "WaitAll")]
    [InlineData("cases of a switch", "start>s s:One>a s:Two>b a>j b>j", "WaitAll")]
    [InlineData("a case and its default", "start>s s:One>a s:Default>b a>j b>j", "WaitAll")]
    [InlineData("a decision behind another", "start>d d:True>d2 d2:True>a d2:False>j a>j", "WaitAll")]
    [InlineData("within a loop", "start>a a>d d:True>j d:False>j j>b b>a", "WaitAll")]
    public void A_join_that_waits_for_ways_of_which_one_is_taken_is_told(string title, string flowchart, string mode) =>
        Assert.True(Read(flowchart, mode) is ["join-never-runs"], title);

    [Theory]
    [InlineData("a join of the active ones", "start>d d:True>j d:False>j", "WaitAllActive")]
    [InlineData("a join of the first one", "start>d d:True>j d:False>j", "WaitAny")]
    [InlineData("branches that all run", "start>a start>b a>j b>j", "WaitAll")]
    [InlineData("one way that may not be taken", "start>d d:True>j start>a a>j", "WaitAll")]
    [InlineData("ways that meet before", "start>d d:True>a d:False>b a>c b>c c>j start>e e>j", "WaitAll")]
    [InlineData("two ways of one answer", "start>d d:True>a d:True>b a>j b>j", "WaitAll")]
    [InlineData("different decisions", "start>d start>d2 d:True>j d2:True>j", "WaitAll")]
    [InlineData("a way back", "start>j j>d d:False>a a>j d:True>b b>j", "WaitAll")]
    [InlineData("a switch that takes all that hold", "start>m m:One>a m:Two>b a>j b>j", "WaitAll")]
    public void Any_other_join_is_not(string title, string flowchart, string mode) => Assert.True(Read(flowchart, mode).Count == 0, title);

    [Theory]
    [InlineData(500, 1)]
    [InlineData(2000, 0)]
    public void Far_more_decisions_than_a_person_draws_are_passed_over(int decisions, int told)
    {
        var chain = Enumerable.Range(0, decisions).Select(i => $"d{i}:True>d{i + 1} d{i}:False>d{i + 1}");

        Assert.Equal(told, Read($"start>d0 {string.Join(' ', chain)} d{decisions}:True>j d{decisions}:False>j", "WaitAll").Count);
    }

    private static List<string> Read(string flowchart, string mode)
    {
        var connections = flowchart.Split(' ').Select(c => c.Split('>', ':') is [var source, var port, var target] ? (source, port, target) : (c.Split('>')[0], "Done", c.Split('>')[1])).ToList();
        var activities = connections.SelectMany(c => new[] { c.Item1, c.Item3 }).Distinct().Select(Activity);
        var drawn = connections.Select(c => $"{{'source':{{'activity':'{c.Item1}','port':'{c.Item2}'}},'target':{{'activity':'{c.Item3}'}}}}");
        var reading = Documents.Read(Documents.Definition($"{{'id':'f','type':'Elsa.Flowchart','activities':[{string.Join(',', activities)}],'connections':[{string.Join(',', drawn)}]}}"));
        return [.. reading.Diagnostics.Where(d => d.Code != "condition-missing").Select(d => d.Code)];

        string Activity(string id) => id[0] switch
        {
            'd' => $"{{'id':'{id}','type':'Elsa.FlowDecision'}}",
            's' when id != "start" => $"{{'id':'{id}','type':'Elsa.FlowSwitch','cases':[{{'label':'One'}},{{'label':'Two'}}]}}",
            'm' => $"{{'id':'{id}','type':'Elsa.FlowSwitch','mode':{{'typeName':'SwitchMode','expression':{{'type':'Literal','value':'MatchAny'}}}},'cases':[{{'label':'One'}},{{'label':'Two'}}]}}",
            'j' => $"{{'id':'{id}','type':'Elsa.FlowJoin','mode':{{'typeName':'FlowJoinMode','expression':{{'type':'Literal','value':'{mode}'}}}}}}",
            _ => $"{{'id':'{id}','type':'{(id == "start" ? "Elsa.Start" : "Test.Greet")}'}}",
        };
    }
}
