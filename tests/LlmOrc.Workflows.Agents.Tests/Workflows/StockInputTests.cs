using System.Text.Json;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>What the workflows that come with the program refuse to be started with.</summary>
public sealed class StockInputTests
{
    public static TheoryData<string, string> Counts()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (workflow, input) in new[] { ("brainstorming", "rounds"), ("panel-discussion", "rounds"), ("shakespeare-einstein", "turns") })
            cases.Add(workflow, input);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public async Task Rounds_and_turns_are_whole_numbers_from_1_to_100(string workflow, string input)
    {
        await using var stock = new Stock(workflow);
        (string Value, string Problem)[] refused =
        [
            ("0", "must be at least 1; it is 0."),
            ("-3", "must be at least 1; it is -3."),
            ("101", "must be at most 100; it is 101."),
            ("2147483647", "must be at most 100; it is 2147483647."),
            ("99999999999", "must be a Int32: '99999999999' is not between -2147483648 and 2147483647."),
            ("1e400", "must be a Int32: '1e400' is not a whole number."),
            ("2.5", "must be a Int32: '2.5' is not a whole number."),
            ("\"2.5\"", "must be a Int32: '2.5' is not a whole number."),
            ("0.9999999999", "must be a Int32: '0.9999999999' is not a whole number."),
            ("\"many\"", "must be a Int32: 'many' is not a number."),
            ("\"\"", "must be a Int32: '' is not a number."),
            ("null", "must be of type integer; it is null."),
            ("[]", "must be a Int32: '[]' is not a number."),
        ];
        foreach (var (value, problem) in refused)
            Assert.Equal([$"The input '{input}' {problem}"], await stock.RefusedAsync($$"""{"topic":"tea","{{input}}":{{value}}}"""));
        Assert.Empty(stock.Model.Calls);

        foreach (var value in new[] { "1", "\"1\"", "1.0", "1e0" })
            Assert.Empty((await stock.RunAsync(JsonElement.Parse($$"""{"topic":"tea","{{input}}":{{value}}}"""))).Incidents);
    }

    public static TheoryData<string, string> Lists()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (workflow, input) in new[] { ("brainstorming", "participants"), ("panel-discussion", "experts") })
            cases.Add(workflow, input);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Who_takes_part_is_a_list_of_agents_each_named_once(string workflow, string input)
    {
        await using var stock = new Stock(workflow);
        (string Value, string Problem)[] refused =
        [
            ("[]", " must have at least 1 items; it has 0."),
            ("\"\"", " must have at least 1 items; it has 0."),
            ("null", " must be of type array or string; it is null."),
            ("5", " must be of type array or string; it is 5."),
            ("{}", " must be of type array or string; it is {}."),
            ("[\"dreamer\",7]", "[1] must be of type string; it is 7."),
            ("[\"dreamer\",null]", "[1] must be of type string; it is null."),
            ("[\"dreamer\",\" \"]", ": A participant has no name: name each, or leave the place out."),
            ("\"dreamer,,critic\"", ": A participant has no name: name each, or leave the place out."),
            ("[\"dreamer\",\"dreamer\"]", ": 'dreamer' is named more than once: name everybody once."),
            ("\"dreamer, dreamer\"", ": 'dreamer' is named more than once: name everybody once."),
        ];
        foreach (var (value, problem) in refused)
            Assert.Equal([$"The input '{input}'{problem}"], await stock.RefusedAsync($$"""{"topic":"tea","{{input}}":{{value}}}"""));
        Assert.Matches(
            $"^The input '{input}': 'napoleon', 'dremer' are no agent in .*llm-orc\\.json\\. Did you mean 'dreamer'\\? Agents: architect, ",
            Assert.Single(await stock.RefusedAsync($$"""{"topic":"tea","{{input}}":["napoleon","dremer"]}""")));
        Assert.Empty(stock.Model.Calls);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        await using var stock = new Stock("panel-discussion");
        var problems = await stock.RefusedAsync($$"""{"topic":"{{new string('x', 2_000_000)}}","rounds":0,"experts":[],"question_deadline":"P9999Y"}""");
        Assert.Equal(
            [
                "The input 'experts' must have at least 1 items; it has 0.",
                "The input 'rounds' must be at least 1; it is 0.",
                "The input 'topic': A topic has at most 10,000 characters, because every agent is told it in every turn, and this has 2,000,000: say the rest in a message.",
                "The input 'question_deadline' is 'P9999Y': A wait is 36,525 days at most. Write a time span such as 1.00:00:00 or P1D.",
            ],
            problems);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-7.00:00:00")]
    [InlineData("999999999.00:00:00")]
    [InlineData("P")]
    [InlineData("2020-01-01")]
    public async Task A_lesson_without_a_usable_idle_deadline_is_not_begun(string deadline)
    {
        await using var stock = new Stock("teacher-student");
        Assert.StartsWith($"The input 'idle_deadline' is '{deadline}'", Assert.Single(await stock.RefusedAsync($$"""{"topic":"tea","idle_deadline":"{{deadline}}"}""")));
    }

    [Fact]
    public async Task Reviewers_are_agents_or_none_are_named()
    {
        await using var stock = new Stock("pr-review");
        const string diff = "--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-a\\n+b\\n";
        Assert.StartsWith("The input 'reviewers': 'napoleon' is no agent", Assert.Single(await stock.RefusedAsync($$"""{"diff":"{{diff}}","reviewers":["napoleon"]}""")));
        Assert.Equal(["The input 'reviewers' must be of type array; it is \"napoleon\"."], await stock.RefusedAsync($$"""{"diff":"{{diff}}","reviewers":"napoleon"}"""));
        Assert.Empty((await stock.RunAsync(JsonElement.Parse($$"""{"diff":"{{diff}}","reviewers":[]}"""))).Incidents);
        Assert.Empty((await stock.RunAsync(JsonElement.Parse($$"""{"diff":"{{diff}}","reviewers":null}"""))).Incidents);
    }
}
