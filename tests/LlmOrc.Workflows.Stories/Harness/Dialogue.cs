using LlmOrc.Workflows.TestKit.Workflows;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>Small documents of our own: agents that speak one after the other.</summary>
internal static class Dialogue
{
    public const string First = "senior_developer";
    public const string Second = "security_expert";

    /// <summary>Two turns: the first from the template <c>dialogue/first</c>, the second from the template <c>dialogue/second</c>.</summary>
    /// <param name="question">What the first is asked, as the template's variable <c>question</c>.</param>
    public static byte[] Document(string id, string question) => Doc.Of(
        Doc.Sequence(
            Turn(First, "dialogue/first", question),
            Turn(Second, "dialogue/second", question),
            Doc.SetOutput("out", "answer", Doc.JavaScript($"getOutputFrom('{Second}', 'Reply')"))),
        outputs: [Doc.Argument("answer", "String")],
        id: id).ToArray();

    /// <summary>Puts the document and its templates into a user's folder.</summary>
    public static void WriteDialogue(this StoryFolder folder, string id = "dialogue", string question = "the first question")
    {
        folder.Write($"workflows/{id}.json", Document(id, question));
        folder.Write("templates/dialogue/first.scriban", "First template: {{ question }}");
        folder.Write("templates/dialogue/second.scriban", "Second template: {{ question }}");
    }

    private static System.Text.Json.Nodes.JsonObject Turn(string agent, string template, string question) => Doc.Activity(
        "LlmOrc.AgentTurn", agent, ("name", agent),
        ("agent", Doc.Literal(agent)), ("template", Doc.Literal(template)), ("arguments", Doc.JavaScript($"({{ question: '{question}' }})")));
}
