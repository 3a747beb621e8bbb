using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.Validate;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Validate;

public sealed class ValidateCommandTests : IDisposable
{
    private const string Turn = """
        {
          "definitionId": "turn",
          "root": {
            "id": "speak",
            "type": "LlmOrc.AgentTurn",
            "agent": { "typeName": "String", "expression": { "type": "Literal", "value": "AGENT" } },
            "template": { "typeName": "String", "expression": { "type": "Literal", "value": "TEMPLATE" } },
            "model": { "typeName": "String", "expression": { "type": "Literal", "value": "MODEL" } }
          }
        }
        """;

    private readonly CommandLine _line = new();

    [Fact]
    public async Task Our_own_workflows_have_no_errors()
    {
        var root = RepositoryRoot.Path;
        foreach (var workflow in Directory.EnumerateFiles(Path.Combine(root, "workflows"), "*.json"))
            File.Copy(workflow, Path.Combine(_line.Folder, "workflows", Path.GetFileName(workflow)));
        File.Copy(Path.Combine(root, "llm-orc.json"), Path.Combine(_line.Folder, "llm-orc.json"));
        foreach (var template in Directory.EnumerateFiles(Path.Combine(root, "templates"), "*", SearchOption.AllDirectories))
            _line.Write(Path.GetRelativePath(root, template), File.ReadAllBytes(template));

        var ended = await _line.RunAsync("validate");

        Assert.Equal("", ended.Output);
        Assert.Equal(ExitCode.Finished, ended.ExitCode);
    }

    [Fact]
    public async Task All_errors_of_all_files_come_at_once_with_their_places()
    {
        _line.Write("workflows/a.json", "{ \"root\": 1");
        _line.Write("workflows/b.json", "{\n \"definitionId\": \"b\",\n \"root\": { \"id\": \"x\", \"type\": \"Elsa.WriteLime\" }\n}");

        var ended = await _line.RunAsync("validate", "a", "b", "c");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Matches(@"a\.json:1:\d+: error ", ended.Output);
        Assert.Matches(@"b\.json:3:\d+: error unknown-activity: .*Elsa\.WriteLine", ended.Output);
        Assert.Contains("There is no workflow 'c'", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_agents_models_and_templates_must_exist()
    {
        _line.Write("llm-orc.json", """{ "models": { "default": { "provider": "simulated" } }, "agents": { "ada": { "role": { "prompt": "You are Ada." } } } }""");
        _line.Write("templates/known.scriban", "Hello");
        _line.Write("workflows/good.json", Turn.Replace("AGENT", "ada").Replace("TEMPLATE", "known").Replace("MODEL", "simulated"));
        _line.Write("workflows/bad.json", Turn.Replace("AGENT", "adda").Replace("TEMPLATE", "knwn").Replace("MODEL", "defalt"));

        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("validate", "good")).ExitCode);

        var bad = await _line.RunAsync("validate", "bad");
        Assert.Equal(ExitCode.BadInput, bad.ExitCode);
        Assert.Matches(@"bad\.json:4: error agent-unknown: There is no agent 'adda' .*Did you mean 'ada'\?", bad.Output);
        Assert.Matches(@"bad\.json:4: error model-unknown: .*Did you mean 'default'\?", bad.Output);
        Assert.Matches(@"bad\.json:4: error template-missing: There is no template 'knwn' .*Did you mean 'known", bad.Output);
        Assert.Contains("3 errors in 1 workflow.", bad.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_temperature_that_Claude_does_not_take_is_a_warning()
    {
        _line.Write("llm-orc.json", """
            { "models": { "default": { "provider": "simulated" }, "warm": { "provider": "claude", "model": "c", "temperature": 0.3 } }, "agents": { "ada": { "role": { "prompt": "You are Ada." }, "model": "warm" } } }
            """);
        _line.Write("templates/known.scriban", "Hello");
        _line.Write("workflows/warm.json", Turn.Replace("AGENT", "ada").Replace("TEMPLATE", "known").Replace("MODEL", "warm"));

        var ended = await _line.RunAsync("validate", "warm");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Matches(@"warm\.json:4: warning not-sent: Claude takes no temperature: 0\.3 of 'warm' is not sent", ended.Output + ended.Error);
    }

    [Fact]
    public async Task Starting_a_workflow_warns_of_missing_names_before_the_first_turn()
    {
        _line.Write("llm-orc.json", """{ "models": { "default": { "provider": "simulated" } }, "agents": { "ada": { "role": { "prompt": "You are Ada." } } } }""");
        _line.Write("templates/known.scriban", "Hello");
        _line.Write("workflows/bad.json", Turn.Replace("AGENT", "adda").Replace("TEMPLATE", "known").Replace("MODEL", "default"));

        var ended = await _line.RunAsync("run", "bad");

        Assert.Equal(ExitCode.Faulted, ended.ExitCode);
        Assert.Matches(@"bad\.json:4: warning agent-unknown: There is no agent 'adda'", ended.Error.Split('\n')[0]);
    }

    [Fact]
    public async Task A_folder_without_workflows_is_told()
    {
        Directory.Delete(Path.Combine(_line.Folder, "workflows"));

        var ended = await _line.RunAsync("validate");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains("has no workflows", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_activity_is_found_on_the_line_of_its_id()
    {
        var lines = new ActivityLines("{\n  \"id\": \"one\",\n  // a comment\n  \"inner\": [ { \"id\":\n \"two\" }, ]\n}"u8);

        Assert.Equal(2, lines.Of("one"));
        Assert.Equal(5, lines.Of("two"));
        Assert.Null(lines.Of("three"));
    }

    public void Dispose() => _line.Dispose();
}
