using LlmOrc.Workflows.TestKit.Workflows;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>Workflows that the tests of several commands use.</summary>
internal static class Workflows
{
    /// <summary>Greets: a required text and an optional number come in, a line and an output go out.</summary>
    public static void WriteGreeting(this CommandLine line) => line.Write("workflows/greeting.json", """
        {
          "definitionId": "greeting",
          "inputs": [ { "name": "who", "type": "String" }, { "name": "count", "type": "Int32" }, { "name": "options", "type": "Object" } ],
          "outputs": [ { "name": "greeting", "type": "String" }, { "name": "count", "type": "Int32" }, { "name": "options", "type": "Object" } ],
          "customProperties": { "llmOrc": { "required": ["who"], "sample": { "who": "sample" } } },
          "root": {
            "id": "all", "type": "Elsa.Sequence", "activities": [
              { "id": "line", "type": "Elsa.WriteLine", "text": { "typeName": "String", "expression": { "type": "JavaScript", "value": "'Hello ' + getInput('who')" } } },
              { "id": "o1", "type": "Elsa.SetOutput", "outputName": { "typeName": "String", "expression": { "type": "Literal", "value": "greeting" } },
                "outputValue": { "typeName": "Object", "expression": { "type": "JavaScript", "value": "'Hello ' + getInput('who')" } } },
              { "id": "o2", "type": "Elsa.SetOutput", "outputName": { "typeName": "String", "expression": { "type": "Literal", "value": "count" } },
                "outputValue": { "typeName": "Object", "expression": { "type": "JavaScript", "value": "getInput('count')" } } },
              { "id": "o3", "type": "Elsa.SetOutput", "outputName": { "typeName": "String", "expression": { "type": "Literal", "value": "options" } },
                "outputValue": { "typeName": "Object", "expression": { "type": "JavaScript", "value": "getInput('options')" } } }
            ]
          }
        }
        """);

    /// <summary>One effect.</summary>
    public static void WriteEffect(this CommandLine line) =>
        line.Write("workflows/effect.json", Doc.Of(Doc.Sequence(Doc.Activity("Test.Effect", "work", ("effect", Doc.Literal("work")))), id: "effect").Span);

    /// <summary>A question, and what was answered as output.</summary>
    public static void WriteQuestion(this CommandLine line) => line.Write("workflows/question.json", Doc.Of(
        Doc.Sequence(
            Doc.Activity("Test.Ask", "ask", ("question", Doc.Literal("May I?"))),
            Doc.SetOutput("out", "answer", Doc.JavaScript("getOutputFrom('ask', 'Result')"))),
        outputs: [Doc.Argument("answer")], id: "question").Span);

    /// <summary>A person is asked something, and what she answered is the output.</summary>
    public static void WriteApproval(this CommandLine line, params (string Name, System.Text.Json.Nodes.JsonNode? Value)[] more) => line.Write("workflows/approval.json", Doc.Of(
        Doc.Sequence(
            Doc.Activity("LlmOrc.AwaitReply", "ask", [("assignee", Doc.Literal("dan")), ("question", Doc.Literal("Ship it?")), .. more]),
            Doc.SetOutput("out", "answer", Doc.JavaScript("getOutputFrom('ask', 'Answer')"))),
        outputs: [Doc.Argument("answer")], id: "approval").Span);

    /// <summary>Two people are asked at once.</summary>
    public static void WriteTwoApprovals(this CommandLine line) => line.Write("workflows/approvals.json", Doc.Of(
        Doc.Sequence(
            Doc.Parallel(
                "both",
                Doc.Activity("LlmOrc.AwaitReply", "first", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("Is it safe?"))),
                Doc.Activity("LlmOrc.AwaitReply", "second", ("assignee", Doc.Literal("eve")), ("question", Doc.Literal("Is it nice?")))),
            Doc.SetOutput("out", "answers", Doc.JavaScript("[getOutputFrom('first', 'Reply'), getOutputFrom('second', 'Reply')].join(' ')"))),
        outputs: [Doc.Argument("answers")], id: "approvals").Span);

    /// <summary>Two agents on the offline model, and a second profile that nobody uses.</summary>
    public static void WriteSettings(this CommandLine line, string? endpoint = null, string agentModel = "default") => line.Write("llm-orc.json", $$"""
        {
          "models": {
            "default": { "provider": "simulated" },
            "local": { "provider": "ollama", "model": "llama3", "endpoint": "{{endpoint ?? "http://127.0.0.1:9"}}", "maxAttempts": 1, "pricePerMillionPromptTokens": 0.5, "pricePerMillionCompletionTokens": 2 }
          },
          "agents": {
            "ada": { "role": { "prompt": "You are Ada.\nYou are brief." }, "model": "{{agentModel}}" },
            "bob": { "role": { "prompt": "You are Bob." } }
          }
        }
        """);

    /// <summary>A person and an agent talk: one question, one reply, and again until she says bye.</summary>
    public static void WriteTalk(this CommandLine line)
    {
        line.WriteSettings();
        line.Write("workflows/talk.json", Doc.Of(
            Doc.Activity(
                "Elsa.While", "loop", ("condition", Doc.JavaScript("getVariable('said') !== 'bye'")),
                ("body", Doc.Sequence(
                    Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("sender", Doc.Literal("ada")), ("question", Doc.Literal("And then?")), ("reply", Doc.To("said"))),
                    Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("sender", Doc.Literal("dan")), ("recipient", Doc.Literal("dan")), ("prompt", Doc.Variable("said")))))),
            variables: [Doc.Variable("said", "String")], id: "talk").Span);
    }

    /// <summary>Two questions at once; both must be answered.</summary>
    public static void WriteTwoQuestions(this CommandLine line) => line.Write("workflows/two.json", Doc.Of(
        Doc.Parallel("both", Doc.Activity("Test.Ask", "first", ("question", Doc.Literal("One?"))), Doc.Activity("Test.Ask", "second", ("question", Doc.Literal("Two?")))), id: "two").Span);
}
