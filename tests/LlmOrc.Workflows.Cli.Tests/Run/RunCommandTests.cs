using System.Globalization;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Run;

public sealed class RunCommandTests : IDisposable
{
    private readonly CommandLine _line = new();

    [Fact]
    public async Task A_run_with_json_prints_one_object_and_says_the_rest_on_standard_error()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", "greeting", "--input", "who=World", "-i", "count=3", "--json");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal(["id", "status", "subStatus", "output", "usage"], ended.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("Finished", ended.Json.GetProperty("status").GetString());
        Assert.Equal("Finished", ended.Json.GetProperty("subStatus").GetString());
        Assert.Equal("Hello World", ended.Json.GetProperty("output").GetProperty("greeting").GetString());
        Assert.Equal(3, ended.Json.GetProperty("output").GetProperty("count").GetInt32());
        Assert.Equal(["calls", "promptTokens", "completionTokens", "cost"], ended.Json.GetProperty("usage").EnumerateObject().Select(p => p.Name));
        Assert.Contains("Hello World\n", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"greeting started: {ended.Id}", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_tokens_and_cost_are_counted()
    {
        _line.WriteEffect();

        var ended = await _line.RunAsync("run", "effect", "--json");

        var usage = ended.Json.GetProperty("usage");
        Assert.Equal(1, usage.GetProperty("calls").GetInt32());
        Assert.Equal(10, usage.GetProperty("promptTokens").GetInt32());
        Assert.Equal(5, usage.GetProperty("completionTokens").GetInt32());
        Assert.Equal(0.01m, usage.GetProperty("cost").GetDecimal());
        Assert.Contains("tester (work): done (test-1 · 10 + 5 tokens · $0.01", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_goes_to_standard_output_and_names_the_run()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", "greeting", "--input", "who=World", "--id", "mine");

        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.StartsWith("Greeting: Hello World\n", ended.Output, StringComparison.Ordinal);
        Assert.Contains("llm-orc show mine", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', ended.Output + ended.Error);
    }

    [Fact]
    public async Task Hostile_text_reaches_neither_stream_as_control_codes()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", "greeting", "--input", "who=\x1b]0;owned\a\x1b[2J\u009b31mWorld\u202e");

        Assert.Contains("Hello World\n", ended.Error, StringComparison.Ordinal);
        Assert.Contains("Greeting: Hello World\n", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(ended.Output + ended.Error, c => (char.IsControl(c) && c != '\n') || c == '\u202e');
    }

    [Fact]
    public async Task Json_holds_hostile_text_escaped()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", "greeting", "--json", "--input", "who=\x1b[2J\u009b31m\u202eWorld");

        Assert.Equal("Hello \x1b[2J\u009b31m\u202eWorld", ended.Json.GetProperty("output").GetProperty("greeting").GetString());
        Assert.DoesNotContain(ended.Output, c => (char.IsControl(c) && c is not ('\n' or '\r')) || c == '\u202e');
    }

    [Fact]
    public async Task Inputs_come_from_a_file_from_options_and_from_standard_input_and_options_win()
    {
        _line.WriteGreeting();
        var inputs = _line.Write("inputs.json", """{ "who": "file", "count": 1, "options": { "deep": [1, 2] } }""");
        _line.StandardInput = "piped"u8.ToArray();

        var ended = await _line.RunAsync("run", "greeting", "--json", "--inputs", inputs, "--input", "who=-");

        var output = ended.Json.GetProperty("output");
        Assert.Equal("Hello piped", output.GetProperty("greeting").GetString());
        Assert.Equal(1, output.GetProperty("count").GetInt32());
        Assert.Equal(2, output.GetProperty("options").GetProperty("deep")[1].GetInt32());
    }

    [Fact]
    public async Task The_sample_runs_without_further_input()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", "greeting", "--json", "--sample");

        Assert.Equal("Hello sample", ended.Json.GetProperty("output").GetProperty("greeting").GetString());
    }

    [Fact]
    public async Task A_sample_of_a_document_elsewhere_has_its_files_beside_it()
    {
        _line.WriteGreeting();
        var document = await File.ReadAllTextAsync(Path.Combine(_line.Folder, "workflows", "greeting.json"), TestContext.Current.CancellationToken);
        var path = _line.Write("elsewhere/workflows/greeting.json", document.Replace("\"sample\": { \"who\": \"sample\" }", "\"sample\": { \"who\": \"@samples/who.txt\" }", StringComparison.Ordinal));
        async Task<string> GreetAsync() => (await _line.RunAsync("run", path, "--json", "--sample")).Json.GetProperty("output").GetProperty("greeting").GetString()!;

        _line.Write("samples/who.txt", "the current folder");
        Assert.Equal("Hello the current folder", await GreetAsync());
        _line.Write("elsewhere/samples/who.txt", "the folder above");
        Assert.Equal("Hello the folder above", await GreetAsync());
        _line.Write("elsewhere/workflows/samples/who.txt", "the same folder");
        Assert.Equal("Hello the same folder", await GreetAsync());
    }

    [Fact]
    public async Task An_input_that_only_an_expressions_limit_refuses_is_not_said_to_be_resumable()
    {
        _line.WriteGreeting();
        var input = _line.Write("large.txt", new string('x', 1024 * 1024 + 1));

        var ended = await _line.RunAsync("run", "greeting", "--input", $"who=@{input}", "--id", "large");

        Assert.Equal(ExitCode.Faulted, ended.ExitCode);
        Assert.Contains("start a new run with a smaller input.", ended.Error, StringComparison.Ordinal);
        Assert.Contains("It would fault again", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("llm-orc resume", ended.Error, StringComparison.Ordinal);
        var shown = await _line.RunAsync("show", "large", "--json");
        Assert.True(shown.Json.GetProperty("incidents")[0].GetProperty("failure").GetProperty("final").GetBoolean());
    }

    [Fact]
    public async Task A_document_runs_by_its_path_too()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", Path.Combine(_line.Folder, "workflows", "greeting.json"), "--input", "who=path", "--json");

        Assert.Equal("Hello path", ended.Json.GetProperty("output").GetProperty("greeting").GetString());
    }

    [Fact]
    public async Task A_missing_input_is_named_and_the_sample_is_offered()
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync("run", "greeting");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Empty(ended.Output);
        Assert.Equal("error: The input 'who' is required. Give it with --input who=… or --input who=@file.\nThe workflow brings a sample: try it with --sample.\n", ended.Error);
    }

    [Theory]
    [InlineData(new[] { "run", "greting" }, "There is no workflow 'greting'. Did you mean 'greeting'?")]
    [InlineData(new[] { "run", "nothing-like-it" }, "Workflows in ")]
    [InlineData(new[] { "run", "./greeting.json" }, "There is no file ")]
    [InlineData(new[] { "run", "greeting", "-i", "who=x", "-i", "whom=y" }, "The workflow 'greeting' has no input 'whom'. Did you mean 'who'? Its inputs are: who, count, options.")]
    [InlineData(new[] { "run", "greeting", "-i", "who=x", "-i", "count=many" }, "The input 'count' must be a Int32")]
    [InlineData(new[] { "run", "greeting", "-i", "who=@/no/such/file" }, "There is no file /no/such/file for the input 'who'.")]
    [InlineData(new[] { "run", "greeting", "-i", "who" }, "write --input name=value")]
    [InlineData(new[] { "run", "greeting", "-i", "who=x", "--id", "../x" }, "An --id is 1 to 64")]
    [InlineData(new[] { "run", "greeting", "-i", "who=x", "--config", "/no/such/config" }, "There is no file /no/such/config.")]
    [InlineData(new[] { "run", "greeting", "-i", "who=x", "--model", "simulatd" }, "There is no ")]
    [InlineData(new[] { "run", "greeting", "--inputs", "/no/such/inputs" }, "There is no file /no/such/inputs")]
    [InlineData(new[] { "run" }, "Required argument 'WORKFLOW' missing")]
    [InlineData(new[] { "run", "greeting", "--wat" }, "--wat")]
    [InlineData(new[] { "rum", "greeting" }, "There is no command 'rum'. Did you mean 'llm-orc run'?")]
    public async Task A_mistake_is_answered_with_what_would_be_right(string[] args, string expected)
    {
        _line.WriteGreeting();

        var ended = await _line.RunAsync(args);

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Contains(expected, ended.Error, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_a_mistake_is_an_object_too()
    {
        var ended = await _line.RunAsync("run", "nothing", "--json");

        Assert.Equal(2, ended.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        Assert.Contains("There is no workflow 'nothing'", ended.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("There is no workflow 'nothing'", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_document_is_reported_with_lines_and_columns()
    {
        _line.Write("workflows/broken.json", "{\n  \"root\": { \"id\": \"a\", \"type\": \"Elsa.If\",\n    \"condition\": { \"typeName\": \"Boolean\", \"expression\": { \"type\": \"Liquidd\", \"value\": \"x\" } } }\n}");

        var ended = await _line.RunAsync("run", "broken");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Matches(@"broken\.json:3:\d+: error ", ended.Error);
    }

    [Fact]
    public async Task A_document_that_is_no_json_is_reported_with_its_place()
    {
        _line.Write("workflows/broken.json", "{\n  \"root\": ,\n}");

        var ended = await _line.RunAsync("run", "broken");

        Assert.Equal(ExitCode.BadInput, ended.ExitCode);
        Assert.Matches(@"broken\.json:2:\d+: error not-json", ended.Error);
    }

    [Fact]
    public async Task An_id_is_taken_once()
    {
        _line.WriteGreeting();
        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("run", "greeting", "--sample", "--id", "mine")).ExitCode);

        var ended = await _line.RunAsync("run", "greeting", "--sample", "--id", "mine");

        Assert.Equal(ExitCode.Refused, ended.ExitCode);
        Assert.Contains("There is a run 'mine' already", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_faults_says_why_and_how_to_go_on()
    {
        _line.WriteEffect();
        _line.World.On("work", (_, _) => throw new InvalidOperationException("The printer is on fire."));

        var ended = await _line.RunAsync("run", "effect", "--json");

        Assert.Equal(ExitCode.Faulted, ended.ExitCode);
        Assert.Equal("Faulted", ended.Json.GetProperty("subStatus").GetString());
        var incident = Assert.Single(ended.Json.GetProperty("incidents").EnumerateArray());
        Assert.Equal("work", incident.GetProperty("activity").GetString());
        Assert.Equal("The printer is on fire.", incident.GetProperty("failure").GetProperty("message").GetString());
        Assert.Contains("error: work: The printer is on fire.", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"llm-orc resume {ended.Id}", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_to_go_on_is_said_once()
    {
        _line.WriteEffect();
        _line.World.On("work", (context, _) => throw new FailureException(
            new Failure { Type = "Broken", Message = "The model 'm' was not found" }.WithAdvice($"Then go on with `llm-orc resume {context.InstanceId}`.")));

        var ended = await _line.RunAsync("run", "effect", "--id", "broken");

        Assert.Contains("error: work: The model 'm' was not found. Then go on with `llm-orc resume broken`.\nThe run faulted.\n", ended.Error, StringComparison.Ordinal);
        Assert.Contains("llm-orc resume broken", (await _line.RunAsync("show", "broken")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_no_resume_can_mend_says_to_start_anew()
    {
        _line.WriteEffect();
        _line.World.On("work", (_, _) => throw new FailureException(new() { Type = "Unusable", Message = "The input is of no use.", IsFinal = true }));

        var ended = await _line.RunAsync("run", "effect", "--id", "useless", "--json");

        Assert.Equal(ExitCode.Faulted, ended.ExitCode);
        Assert.Contains("start a new run instead", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("llm-orc resume", ended.Error, StringComparison.Ordinal);
        Assert.True(ended.Json.GetProperty("incidents")[0].GetProperty("failure").GetProperty("final").GetBoolean());
        var shown = (await _line.RunAsync("show", "useless")).Output;
        Assert.Contains("start a new run instead", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("llm-orc resume", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_waits_says_for_what_and_how_to_answer()
    {
        _line.WriteQuestion();

        var ended = await _line.RunAsync("run", "question", "--json");

        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Equal("Running", ended.Json.GetProperty("status").GetString());
        Assert.Equal("Suspended", ended.Json.GetProperty("subStatus").GetString());
        var bookmark = Assert.Single(ended.Json.GetProperty("bookmarks").EnumerateArray());
        Assert.Equal("May I?", bookmark.GetProperty("payload").GetProperty("question").GetString());
        Assert.Contains($"llm-orc answer {ended.Id} TEXT", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_within_a_minute_is_waited_for()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        using var line = new CommandLine { Time = time };
        line.WriteApproval(("deadline", Doc.Literal("00:00:45")), ("defaultAnswer", Doc.Literal("carry on")));

        var running = line.RunAsync("run", "approval", "--json");
        await time.PassUntilAsync(running, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        var ended = await running;
        Assert.Equal(ExitCode.Finished, ended.ExitCode);
        Assert.Equal("carry on", ended.Json.GetProperty("output").GetProperty("answer").GetString());
    }

    [Fact]
    public async Task Reminders_are_not_waited_for_without_end()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        using var line = new CommandLine { Time = time };
        line.WriteApproval(("reminder", Doc.Literal("00:00:25")));

        var running = line.RunAsync("run", "approval", "--id", "reminded");
        await time.PassUntilAsync(running, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        var ended = await running;
        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.Contains("llm-orc answer reminded TEXT", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_waits_for_a_time_says_until_when()
    {
        _line.Write("workflows/sleep.json", Doc.Of(Doc.Sequence(Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(3600)))), id: "sleep").Span);

        var ended = await _line.RunAsync("run", "sleep", "--json");

        Assert.Equal(ExitCode.Waiting, ended.ExitCode);
        Assert.InRange(ended.Json.GetProperty("waitsUntil").GetDateTimeOffset(), DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.MaxValue);
        Assert.Contains("Waits until 20", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_of_a_hundred_thousand_passes_is_no_endless_one_and_takes_little_room()
    {
        _line.Write("workflows/loop.json", Doc.Of(Doc.Activity("Elsa.For", "for", ("end", Doc.Literal(99_999)), ("body", Doc.Activity("Elsa.Start", "nothing"))), id: "loop").Span);

        Assert.Equal(ExitCode.Finished, (await _line.RunAsync("run", "loop", "--id", "long")).ExitCode);

        // About 300,000 entries; an endless loop is stopped at 500,000.
        Assert.InRange(new DirectoryInfo(_line.Data).EnumerateFiles().Sum(f => f.Length), 100_000, 8_000_000);
    }

    [Fact]
    public async Task A_short_wait_is_waited_for_and_a_longer_one_is_parked_and_goes_on_later()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T12:00:00Z", CultureInfo.InvariantCulture));
        using var line = new CommandLine { Time = time };
        // A minute to its second attempt, two to its third.
        line.Write("workflows/retry.json", Doc.Of(Doc.Sequence(Doc.Activity("Test.Retry", "retry")), id: "retry").Span);

        var run = line.RunAsync("run", "retry", "--id", "r");
        await time.PassUntilAsync(run, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);

        var parked = await run;
        Assert.Equal(ExitCode.Waiting, parked.ExitCode);
        Assert.Contains("attempt 2", parked.Error, StringComparison.Ordinal);
        Assert.Contains("Busy.", parked.Error, StringComparison.Ordinal);
        Assert.Matches("Waits until 2026-01-01 .*:03:.*Go on then with: llm-orc resume r\n", parked.Error);

        time.Advance(TimeSpan.FromMinutes(2));
        var resumed = await line.RunAsync("resume", "r");
        Assert.Equal(ExitCode.Finished, resumed.ExitCode);
        Assert.Contains("attempt 3", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_of_every_command_ends_with_the_exit_codes()
    {
        foreach (var command in (string[])["run", "resume", "list", "show", "cancel", "validate"])
        {
            var ended = await _line.RunAsync(command, "--help");

            Assert.Equal(ExitCode.Finished, ended.ExitCode);
            Assert.Contains($"llm-orc {command}", ended.Output, StringComparison.Ordinal);
            Assert.Contains("130  interrupted (Ctrl+C), 143 terminated: the run can be resumed", ended.Output, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _line.Dispose();
}
