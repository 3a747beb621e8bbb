namespace LlmOrc.Workflows.Tests;

/// <summary>Documents (with single quotes), and the diagnostics they give: line:column, path, text.</summary>
internal static class DiagnosticsTable
{
    public static readonly IReadOnlyDictionary<string, (string Document, string Expected)> Cases = new Dictionary<string, (string, string)>
    {
        ["Nothing is wrong"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}]}}
            """,
            ""),
        ["Empty document"] = (
            "",
            """
            1:1  error not-json (line 1): The document is empty.
            """),
        ["No JSON"] = (
            """
            {'root': nope}
            """,
            """
            1:11  error not-json (line 1): The document is not JSON: 'nope}' is an invalid JSON literal. Expected the literal 'null'.
            """),
        ["Cut off"] = (
            """
            {'root':
             {'id':'a',
            """,
            """
            2:11  error not-json (line 2): The document is not JSON: Expected start of a property name or value, but instead reached end of data.
            """),
        ["Trailing comma"] = (
            """
            {'definitionId':'d',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}]},
            }
            """,
            """
            4:1  warning not-strict-json (line 4): Comments and trailing commas are read here, but Elsa's own tools refuse them: remove them.
            """),
        ["Comment"] = (
            """
            // mine
            {'definitionId':'d','root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}]}}
            """,
            """
            1:1  warning not-strict-json (line 1): Comments and trailing commas are read here, but Elsa's own tools refuse them: remove them.
            """),
        ["Half a surrogate pair"] = (
            """
            {'definitionId':'d',
             'name':'\ud800'}
            """,
            """
            2:9  error not-json (line 2): The text holds half of a surrogate pair (\uD800 to \uDFFF) and cannot be read: remove it.
            """),
        ["Not an object"] = (
            """
            [1, 2]
            """,
            """
            1:1 $ error root-missing (line 1): The document has no root activity: a workflow definition is an object with a "root".
            """),
        ["Just a text"] = (
            """
            'hello'
            """,
            """
            1:1 $ error root-missing (line 1): The document has no root activity: a workflow definition is an object with a "root".
            """),
        ["No root"] = (
            """
            {'definitionId':'d','name':'N'}
            """,
            """
            1:1 $ error root-missing (line 1): The document has no root activity: a workflow definition is an object with a "root".
            """),
        ["Root is null"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':null}
            """,
            ""),
        ["Root is a text"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':'x'}
            """,
            """
            2:2 $.root error activity-expected (line 2): An activity is expected here: an object with a type.
            """),
        ["Activity without type"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'x'}}
            """,
            """
            2:2 $.root error type-missing (line 2, activity 'x'): The activity has no type: say which, e.g. "type": "Elsa.WriteLine".
            """),
        ["Neither id nor name"] = (
            """
            {'root':null}
            """,
            """
            1:1 $ warning name-missing (line 1): The document has neither definitionId nor name and is called 'workflow-68eea430', which changes with its content: name it.
            """),
        ["Version is no number"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','version':'two',
             'root':null}
            """,
            """
            1:42 $.version warning version-invalid (line 1): The version is not a positive whole number and is read as 1: number it.
            """),
        ["Same id twice"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}},
              {'id':'b','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}},
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}},
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}]}}
            """,
            """
            3:3 $.root.activities[0] error duplicate-id (line 3, activity 'a'): Two activities share the id 'a'; the other is at $.root.activities[2]: give one another id.
            5:3 $.root.activities[2] error duplicate-id (line 5, activity 'a'): Two activities share the id 'a'; the other is at $.root.activities[0]: give one another id.
            6:3 $.root.activities[3] error duplicate-id (line 6, activity 'a'): Two activities share the id 'a'; the other is at $.root.activities[0]: give one another id.
            """),
        ["Same id inside and outside"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.If','then':{'id':'s','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}}}
            """,
            """
            2:2 $.root error duplicate-id (line 2, activity 's'): Two activities share the id 's'; the other is at $.root.then: give one another id.
            2:36 $.root.then error duplicate-id (line 2, activity 's'): Two activities share the id 's'; the other is at $.root: give one another id.
            """),
        ["Unknown activity"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'u','type':'Elsa.WriteLines','text':5}]}}
            """,
            """
            3:13 $.root.activities[0].type warning unknown-activity (line 3, activity 'u'): The activity type 'Elsa.WriteLines' is not known; it is kept, and faults when it runs. Did you mean 'Elsa.WriteLine'?
            """),
        ["Unknown activity that resembles nothing"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'u','type':'Acme.Quux'}]}}
            """,
            """
            3:13 $.root.activities[0].type warning unknown-activity (line 3, activity 'u'): The activity type 'Acme.Quux' is not known; it is kept, and faults when it runs.
            """),
        ["Workflow used as activity"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'u','type':'HChild','workflowDefinitionId':'x'}]}}
            """,
            """
            3:13 $.root.activities[0].type warning unknown-activity (line 3, activity 'u'): The activity type 'HChild' is not known; it is kept, and faults when it runs. It is a workflow used as an activity: use Elsa.ExecuteWorkflow instead.
            """),
        ["Not-found activity stays unknown"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'u','type':'Elsa.NotFoundActivity','missingTypeName':'Acme.Nope','originalActivityJson':'{}'}]}}
            """,
            """
            3:13 $.root.activities[0].type warning unknown-activity (line 3, activity 'u'): The activity type 'Acme.Nope' is not known; it is kept, and faults when it runs.
            """),
        ["Required input missing"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'e','type':'Test.Event'}]}}
            """,
            """
            3:3 $.root.activities[0] error input-required (line 3, activity 'e'): Event needs its input 'eventName': give it a value.
            """),
        ["Required input null"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'e','type':'Test.Event','eventName':null}]}}
            """,
            """
            3:3 $.root.activities[0] error input-required (line 3, activity 'e'): Event needs its input 'eventName': give it a value.
            """),
        ["Required input without value"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'e','type':'Test.Event','eventName':{'typeName':'String','expression':{'type':'Literal'}}}]}}
            """,
            """
            3:33 $.root.activities[0].eventName error input-required (line 3, activity 'e'): Event needs its input 'eventName': give it a value.
            """),
        ["Input with a misspelt name"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','txet':'hello'}]}}
            """,
            """
            3:37 $.root.activities[0].txet warning unknown-input (line 3, activity 'w'): Write Line has no input 'txet'; it is ignored. Did you mean 'text'?
            """),
        ["Input that nobody knows, unset"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','enableResiliency':null}]}}
            """,
            ""),
        ["Input as a plain object"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'a':1}}]}}
            """,
            """
            3:37 $.root.activities[0].text warning plain-input (line 3, activity 'w'): Input 'text' is a plain object and read as a literal; Elsa's own server ignores it: wrap it in {typeName, expression}.
            """),
        ["Unknown expression type"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Javascrip','value':'1'}}}]}}
            """,
            """
            3:65 $.root.activities[0].text.expression error expression-type-unknown (line 3, activity 'w'): The expression type 'Javascrip' is not known. Did you mean 'JavaScript'?
            """),
        ["C# expression"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'CSharp','value':'1+1'}}}]}}
            """,
            """
            3:95 $.root.activities[0].text.expression.value warning language-refused (line 3, activity 'w'): C# and Python expressions are refused when the activity runs ('CSharp' here), because they would run with all rights of the server: write it in JavaScript.
            """),
        ["Python expression"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Python','value':'1+1'}}}]}}
            """,
            """
            3:95 $.root.activities[0].text.expression.value warning language-refused (line 3, activity 'w'): C# and Python expressions are refused when the activity runs ('Python' here), because they would run with all rights of the server: write it in JavaScript.
            """),
        ["Script that does not parse"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'JavaScript','value':'f(('}}}]}}
            """,
            """
            3:99 $.root.activities[0].text.expression.value error expression-invalid (line 3, activity 'w'): JavaScript line 1, column 3: brackets are not closed
            """),
        ["Script in another case"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'javascript','value':'f(('}}}]}}
            """,
            """
            3:99 $.root.activities[0].text.expression.value error expression-invalid (line 3, activity 'w'): JavaScript line 1, column 3: brackets are not closed
            """),
        ["Object text that is no JSON"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'e','type':'Elsa.ForEach','items':{'typeName':'String','expression':{'type':'Object','value':'[1,'}}}]}}
            """,
            """
            3:35 $.root.activities[0].items error expression-invalid (line 3, activity 'e'): The text of the Object expression is not JSON: Expected start of a property name or value, but instead reached end of data.
            """),
        ["Variable expression with unknown id"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'id':'v-zz','name':'Zz'}}}}]}}
            """,
            """
            3:97 $.root.activities[0].text.expression.value error variable-unknown (line 3, activity 'w'): No variable 'Zz' is in reach.
            """),
        ["Variable expression with a stale id"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'id':'old','name':'Answer'}}}}]}}
            """,
            """
            3:97 $.root.activities[0].text.expression.value error variable-unknown (line 3, activity 'w'): No variable in reach has the id 'old'; one called 'Answer' has the id 'v-a': choose it again.
            """),
        ["Variable expression with a misspelt name"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'name':'Anser'}}}}]}}
            """,
            """
            3:97 $.root.activities[0].text.expression.value error variable-unknown (line 3, activity 'w'): No variable 'Anser' is in reach. Did you mean 'Answer'?
            """),
        ["Variable expression without a name"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{}}}}]}}
            """,
            """
            3:97 $.root.activities[0].text.expression.value error variable-unknown (line 3, activity 'w'): It names no variable: choose one.
            """),
        ["Input expression with unknown name"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','inputs':[{'name':'diff','type':'String'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Input','value':{'name':'dif'}}}}]}}
            """,
            """
            3:94 $.root.activities[0].text.expression.value error workflow-input-unknown (line 3, activity 'w'): The workflow has no input 'dif'. Did you mean 'diff'?
            """),
        ["SetVariable with unknown id"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'sv','type':'Elsa.SetVariable','variable':{'id':'v-b','name':'B'},'value':1}]}}
            """,
            """
            3:40 $.root.activities[0].variable error variable-unknown (line 3, activity 'sv'): No variable 'B' is in reach.
            """),
        ["SetVariable without variable"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'sv','type':'Elsa.SetVariable','value':1}]}}
            """,
            """
            3:3 $.root.activities[0] error input-required (line 3, activity 'sv'): Set Variable needs its input 'variable': give it a value.
            """),
        ["Output to an unknown variable"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v-a','name':'Answer','typeName':'Int32'}],
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'i','type':'Elsa.If','result':{'typeName':'Boolean','memoryReference':{'id':'v-q'}}}]}}
            """,
            """
            3:30 $.root.activities[0].result warning output-target-unknown (line 3, activity 'i'): Output 'result' goes to 'v-q', which is neither a variable in reach nor an output of the workflow, and is dropped: choose again.
            """),
        ["Variable of a container seen from outside"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'in','type':'Elsa.Sequence','variables':[{'id':'v-in','name':'Inner'}],'activities':[]},
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'id':'v-in','name':'Inner'}}}}]}}
            """,
            """
            4:97 $.root.activities[1].text.expression.value error variable-unknown (line 4, activity 'w'): No variable 'Inner' is in reach.
            """),
        ["Iteration variable outside of a loop"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Variable','value':{'name':'CurrentValue'}}}}]}}
            """,
            """
            3:97 $.root.activities[0].text.expression.value error variable-unknown (line 3, activity 'w'): No variable 'CurrentValue' is in reach.
            """),
        ["Unknown join mode"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'j','type':'Elsa.FlowJoin','mode':{'typeName':'FlowJoinMode','expression':{'type':'Literal','value':'WaitSome'}}}],
             'connections':[]}}
            """,
            """
            3:36 $.root.activities[0].mode error join-mode-unknown (line 3, activity 'j'): 'WaitSome' is no FlowJoinMode: use one of WaitAny, WaitAll, WaitAllActive.
            """),
        ["Computed join mode"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'j','type':'Elsa.FlowJoin','mode':{'typeName':'String','expression':{'type':'JavaScript','value':'m()'}}}],
             'connections':[]}}
            """,
            """
            3:36 $.root.activities[0].mode error mode-not-constant (line 3, activity 'j'): The mode cannot be computed: choose one of WaitAny, WaitAll, WaitAllActive.
            """),
        ["Unknown join mode of a fork"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'k','type':'Elsa.Fork','joinMode':'Whatever','branches':[]}}
            """,
            """
            2:38 $.root.joinMode error join-mode-unknown (line 2, activity 'k'): 'Whatever' is no ForkJoinMode: use one of WaitAll, WaitAny.
            """),
        ["Unknown switch mode"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'k','type':'Elsa.Switch','mode':'MatchSome','cases':[]}}
            """,
            """
            2:40 $.root.mode error mode-unknown (line 2, activity 'k'): 'MatchSome' is no SwitchMode: use one of MatchFirst, MatchAny.
            """),
        ["Merge mode"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}},'customProperties':{'mergeMode':'Race'}}],
             'connections':[]}}
            """,
            """
            3:130 $.root.activities[0].customProperties.mergeMode warning merge-mode-ignored (line 3, activity 'a'): Merge mode 'Race' belongs to Elsa's token mode; branches meet here as at a join of all active ones: use a FlowJoin.
            """),
        ["No start"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}},
              {'id':'b','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}],
             'connections':[{'source':{'activity':'a','port':'Done'},'target':{'activity':'b'}},
              {'source':{'activity':'b','port':'Done'},'target':{'activity':'a'}}]}}
            """,
            """
            2:2 $.root warning no-start (line 2, activity 'f'): Every activity has an incoming connection, so the flowchart begins at the first one in the file, 'a': add a Start activity.
            """),
        ["Activities that are not reached"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'st','type':'Elsa.Start'},
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}},
              {'id':'b','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}},
              {'id':'c','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}],
             'connections':[{'source':{'activity':'st'},'target':{'activity':'a'}},
              {'source':{'activity':'b'},'target':{'activity':'c'}}]}}
            """,
            """
            2:2 $.root warning unreachable-activity (line 2, activity 'f'): The flowchart begins at 'st' and never reaches 'b', 'c': connect what shall run.
            """),
        ["A join of both ways of a decision"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'st','type':'Elsa.Start'},{'id':'d','type':'Elsa.FlowDecision'},{'id':'yes','type':'Test.Greet'},
              {'id':'j','type':'Elsa.FlowJoin','mode':{'typeName':'FlowJoinMode','expression':{'type':'Literal','value':'WaitAll'}}}],
             'connections':[{'source':{'activity':'st'},'target':{'activity':'d'}},
              {'source':{'activity':'d','port':'True'},'target':{'activity':'yes'}},
              {'source':{'activity':'yes'},'target':{'activity':'j'}},
              {'source':{'activity':'d','port':'False'},'target':{'activity':'j'}}]}}
            """,
            """
            2:2 $.root warning join-never-runs (line 2, activity 'j'): The join 'j' waits for all of its ways, but 'd' takes only one of those that lead to it, so it and what follows it never run: let its mode be WaitAllActive, or WaitAny.
            """),
        ["Connection to nowhere"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'f','type':'Elsa.Flowchart','activities':[
              {'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}],
             'connections':[{'source':{'activity':'a','port':'Done'},'target':{'activity':'zz'}},
              {'source':{'activity':'a'}}]}}
            """,
            """
            4:17 $.root.connections[0] warning connection-dropped (line 4, activity 'f'): A connection names 'zz', which is no activity of this flowchart and is dropped: draw it again.
            5:3 $.root.connections[1] warning connection-dropped (line 5, activity 'f'): A connection has no source or no target and is dropped: draw it again.
            """),
        ["Container without activities"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence'}}
            """,
            """
            2:2 $.root warning children-missing (line 2, activity 's'): Sequence has no 'activities' and does nothing: add some.
            """),
        ["Container with a number for activities"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':5}}
            """,
            """
            2:42 $.root.activities error list-expected (line 2, activity 's'): 'activities' is not a list of activities.
            """),
        ["Port that holds a list"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'i','type':'Elsa.If','then':[]}}
            """,
            """
            2:36 $.root.then error activity-expected (line 2, activity 'i'): An activity is expected here: an object with a type.
            """),
        ["Case without label and condition"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'k','type':'Elsa.Switch','cases':[{'activity':{'id':'a','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Literal','value':'x'}}}}]}}
            """,
            """
            2:49 $.root.cases[0] warning label-missing (line 2, activity 'k'): A case has no label and is called 'Case 1': name it.
            2:49 $.root.cases[0] warning condition-missing (line 2, activity 'k'): The case 'Case 1' has no condition and never matches: write one.
            """),
        ["Variable default of the wrong type"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v','name':'V','typeName':'Int32','value':'many'},{'id':'g','name':'G','typeName':'Guid','value':'x'}],
             'root':null}
            """,
            """
            1:95 $.variables[0].value warning default-invalid (line 1): The default of variable 'V' is no Int32 and is ignored: write one, or none.
            1:150 $.variables[1].value warning default-invalid (line 1): The default of variable 'G' is no Guid and is ignored: write one, or none.
            """),
        ["Variable of unknown type"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v','name':'V','typeName':'Acme.Thing, Acme'}],
             'root':null}
            """,
            """
            1:76 $.variables[0].typeName warning type-unknown (line 1): The type 'Acme.Thing, Acme' of variable 'V' is not known; it is kept as Object.
            """),
        ["Variables that clash"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':[{'id':'v','name':'V'},{'id':'v','name':'W'},{'id':'w','name':'v'},{'value':1}],
             'root':null}
            """,
            """
            1:77 $.variables[1] warning duplicate-variable (line 1): Two variables share the id 'v'; the first one counts: give this one another id.
            1:99 $.variables[2] warning duplicate-variable (line 1): Two variables are called 'v'; expressions see the first one: rename this one.
            1:121 $.variables[3] warning name-missing (line 1): A variable has neither name nor id and is ignored: name it.
            """),
        ["Parts of the wrong kind"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','variables':'no','outputs':{'a':1},
             'options':'x',
             'customProperties':{'llmOrc':{'sample':5,'typo':true}},
             'root':null}
            """,
            """
            1:42 $.variables warning wrong-kind (line 1): 'variables' is not a list, and is ignored: make it one.
            1:59 $.outputs warning wrong-kind (line 1): 'outputs' is not a list, and is ignored: make it one.
            1:59 $.outputs warning name-missing (line 1): An input or output of the workflow has no name and is ignored: name it.
            2:2 $.options warning wrong-kind (line 2): 'options' is not an object, and is ignored: make it one.
            3:32 $.customProperties.llmOrc.sample warning wrong-kind (line 3): 'sample' is not an object, and is ignored: make it one.
            3:43 $.customProperties.llmOrc.typo warning property-unknown (line 3): There is no 'typo' in llmOrc, and it is ignored.
            """),
        ["Our extension names unknown inputs"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','inputs':[{'name':'diff','type':'String'}],
             'customProperties':{'llmOrc':{'required':['dif'],'defaults':{'titel':'x'},'schemas':{'dif':{}}}},
             'root':null}
            """,
            """
            2:44 $.customProperties.llmOrc.required[0] warning workflow-input-unknown (line 2): The workflow has no input 'dif'. Did you mean 'diff'?
            2:63 $.customProperties.llmOrc.defaults.titel warning workflow-input-unknown (line 2): The workflow has no input 'titel'.
            2:87 $.customProperties.llmOrc.schemas.dif warning workflow-input-unknown (line 2): The workflow has no input 'dif'. Did you mean 'diff'?
            """),
        ["Our default of the wrong type"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','inputs':[{'name':'rounds','type':'Int32'}],
             'customProperties':{'llmOrc':{'defaults':{'rounds':'many'}}},
             'root':null}
            """,
            """
            2:44 $.customProperties.llmOrc.defaults.rounds warning default-invalid (line 2): The default of input 'rounds' is no Int32 and is ignored: write one, or none.
            """),
        ["Inputs that clash or have no name"] = (
            """
            {'id':'v1','definitionId':'d','name':'N','inputs':[{'name':'a'},{'name':'A'},{'type':'String'}],
             'root':null}
            """,
            """
            1:65 $.inputs[1] warning duplicate-argument (line 1): 'A' is declared twice; the first one counts: remove one.
            1:78 $.inputs[2] warning name-missing (line 1): An input or output of the workflow has no name and is ignored: name it.
            """),
        ["Several at once"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'e','type':'Test.Event'},
              {'id':'w','type':'Elsa.WriteLine','text':{'typeName':'String','expression':{'type':'Nope','value':'1'}}},
              {'id':'u','type':'Acme.Quux'}]}}
            """,
            """
            3:3 $.root.activities[0] error input-required (line 3, activity 'e'): Event needs its input 'eventName': give it a value.
            4:65 $.root.activities[1].text.expression error expression-type-unknown (line 4, activity 'w'): The expression type 'Nope' is not known.
            5:13 $.root.activities[2].type warning unknown-activity (line 5, activity 'u'): The activity type 'Acme.Quux' is not known; it is kept, and faults when it runs.
            """),
        ["Position in a document with accents"] = (
            """
            {'id':'v1','definitionId':'d','name':'N',
             'root':{'id':'s','type':'Elsa.Sequence','activities':[
              {'id':'e','name':'Žluťoučký 😀','type':'Nope.Nope'}]}}
            """,
            """
            3:35 $.root.activities[0].type warning unknown-activity (line 3, activity 'e'): The activity type 'Nope.Nope' is not known; it is kept, and faults when it runs.
            """),
    };
}
