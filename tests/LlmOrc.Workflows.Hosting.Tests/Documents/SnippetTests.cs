using LlmOrc.Workflows.TestKit;
using Xunit;

namespace LlmOrc.Workflows.Tests.Documents;

/// <summary>What the pages for .NET programmers show stands in a sample, which is compiled and run.</summary>
public sealed class SnippetTests
{
    [Fact]
    public void Every_snippet_of_the_page_is_part_of_a_sample()
    {
        var samples = Directory.GetFiles(RepositoryRoot.Combine("samples"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(f => Plain(File.ReadAllLines(f))).ToArray();
        var snippets = Snippets(File.ReadAllLines(RepositoryRoot.Combine("docs", "csharp.md"))).ToArray();

        Assert.True(snippets.Length >= 5, $"Only {snippets.Length} snippets were found.");
        Assert.All(snippets, snippet => Assert.True(samples.Any(s => s.Contains(Plain(snippet), StringComparison.Ordinal)), $"In no sample:\n{string.Join('\n', snippet)}"));
    }

    [Fact]
    public void Every_heading_of_the_original_document_is_in_the_table_and_what_the_table_names_exists()
    {
        var table = File.ReadAllText(RepositoryRoot.Combine("docs", "original.md"));
        foreach (var heading in Headings)
            Assert.Contains($"| {heading} |", table);

        var samples = string.Concat(Directory.GetFiles(RepositoryRoot.Combine("samples"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var tests = string.Concat(Directory.GetFiles(RepositoryRoot.Combine("tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        foreach (var name in Named(table, "Async", isQualified: true))
            Assert.Contains($" {name}(", samples);
        foreach (var name in Named(table, "Tests"))
            Assert.Contains($"class {name}", tests);
    }

    // As they stand in the document, in its order.
    private static readonly string[] Headings =
    [
        "Agent", "ConversationOrchestrator", "Specialized Orchestrators", "1. Basic Agent Response", "2. Two-Agent Conversation", "Role Definition", "Model Selection",
        "Agent Factory Pattern", "Basic Orchestration", "Multi-Agent Conversations", "PR Review Orchestrator", "Custom Orchestrators", "Message Routing Performance",
        "Performance Testing", "Performance Optimization Tips", "1. Shakespeare ↔ Einstein Conversation", "2. GitHub PR Review with CLI Integration", "3. Technical Discussion Panel",
        "1. Agent Design", "2. Orchestration Patterns", "3. Testing Strategies", "4. Production Considerations", "5. Debugging Tips", "WebSocket Integration (Issue #5)", "MCP Integration (Issues #3, #4)",
    ];

    private static IEnumerable<string> Named(string table, string ending, bool isQualified = false) => table.Split('`').Where((word, i) => i % 2 == 1 && (!isQualified || word.Contains('.')))
        .Select(word => word.Split('.')[^1]).Where(word => word.EndsWith(ending, StringComparison.Ordinal) && word.All(char.IsLetterOrDigit)).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string[]> Snippets(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] != "```csharp")
                continue;
            var end = Array.IndexOf(lines, "```", i);
            yield return lines[(i + 1)..end];
            i = end;
        }
    }

    private static string Plain(IEnumerable<string> lines) => string.Join('\n', lines.Select(l => l.Trim()).Where(l => l.Length > 0));
}
