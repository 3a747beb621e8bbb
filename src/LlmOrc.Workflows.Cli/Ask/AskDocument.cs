namespace LlmOrc.Workflows.Cli.Ask;

/// <summary>The workflow behind <c>llm-orc ask</c>: one agent, one turn.</summary>
internal static class AskDocument
{
    // Runs keep it by its hash; the reply, and no more than it, is an output.
    public static ReadOnlyMemory<byte> Utf8 { get; } = """
        {
          "id": "ask-1", "definitionId": "ask", "name": "Ask", "version": 1,
          "inputs": [ { "name": "agent", "type": "String" }, { "name": "text", "type": "String" } ],
          "outputs": [ { "name": "reply", "type": "String" } ],
          "variables": [ { "id": "v-reply", "name": "Reply", "typeName": "String" } ],
          "customProperties": { "llmOrc": { "required": [ "agent", "text" ] } },
          "root": {
            "id": "steps", "type": "Elsa.Sequence",
            "activities": [
              { "id": "turn", "type": "LlmOrc.AgentTurn",
                "agent": { "typeName": "String", "expression": { "type": "Input", "value": { "name": "agent" } } },
                "prompt": { "typeName": "String", "expression": { "type": "Input", "value": { "name": "text" } } },
                "reply": { "typeName": "String", "memoryReference": { "id": "v-reply" } } },
              { "id": "out", "type": "Elsa.SetOutput", "outputName": "reply",
                "outputValue": { "typeName": "String", "expression": { "type": "Variable", "value": { "id": "v-reply", "name": "Reply" } } } }
            ]
          }
        }
        """u8.ToArray();
}
