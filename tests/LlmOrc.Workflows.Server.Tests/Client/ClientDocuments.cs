using LlmOrc.Workflows.TestKit.Workflows;

namespace LlmOrc.Workflows.Tests.Client;

/// <summary>What the client's tests start.</summary>
internal static class ClientDocuments
{
    public static readonly Dictionary<string, ReadOnlyMemory<byte>> All = new()
    {
        ["asks"] = Doc.Of(
            Doc.Sequence(
                Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("How many?")), ("schema", Doc.Literal(new System.Text.Json.Nodes.JsonObject { ["type"] = "integer" }))),
                Doc.SetOutput("o", "answer", Doc.JavaScript("Number(getOutputFrom('ask', 'Reply'))"))),
            outputs: [Doc.Argument("answer")], id: "asks"),
        ["turn"] = Doc.Of(
            Doc.Sequence(
                Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Say it."))),
                Doc.SetOutput("o", "said", Doc.JavaScript("getOutputFrom('turn', 'Reply')"))),
            outputs: [Doc.Argument("said")], id: "turn"),
    };
}
