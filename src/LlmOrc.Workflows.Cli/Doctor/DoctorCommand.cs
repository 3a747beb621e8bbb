using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Doctor;

/// <summary><c>llm-orc doctor</c>: whether everything that runs need is there and answers.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object." };

    public DoctorCommand(Commands commands)
        : base("doctor", "Checks settings, workflows, the store and the providers, and says what to do. Exit code 0: all well; 5: the store cannot be used; 2: something else that runs need is missing.")
    {
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => CheckAsync(parsed, context), asJson: parsed.GetValue(_json), onlyHere: "looks this machine over"));
    }

    private async Task<ExitCode> CheckAsync(ParseResult parsed, CommandContext context)
    {
        var checks = new List<Check>();
        await using (var session = Session.Open(context))
        {
            checks.AddRange(await FolderChecks.RunAsync(session, context));
            checks.AddRange(await StoreChecks.RunAsync(session, context));
            checks.AddRange(await ProviderChecks.RunAsync(session, context.CancellationToken));
        }

        var problems = checks.Where(c => c.State == CheckState.Problem).ToList();
        var exitCode = problems.Count == 0 ? ExitCode.Finished : problems.Max(c => c.ExitCode);
        if (parsed.GetValue(_json))
            WriteJson(context.Terminal, checks, exitCode);
        else
            Write(context.Terminal, checks, problems.Count);
        return exitCode;
    }

    private static void Write(Terminal terminal, List<Check> checks, int problems)
    {
        var width = checks.Max(c => c.Name.Length);
        foreach (var check in checks)
        {
            terminal.Print($"{Mark(check.State)} {TerminalText.CleanLine(check.Name).PadRight(width)}  {TerminalText.CleanLine(check.Detail)}");
            if (check.Advice is { } advice)
                terminal.Print($"  {new string(' ', width)}  → {TerminalText.CleanLine(advice)}");
        }

        terminal.Output.WriteLine();
        terminal.Print(problems > 0 ? $"{Units.Count(problems, "problem")}: do what the arrows say, then run llm-orc doctor again." : "All well. Try: llm-orc run pr-review --sample");
    }

    private static void WriteJson(Terminal terminal, List<Check> checks, ExitCode exitCode) => RunJson.Write(terminal.Output, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("exitCode", (int)exitCode);
        json.WriteStartArray("checks");
        foreach (var check in checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteString("state", check.State.ToString().ToLowerInvariant());
            json.WriteString("detail", check.Detail);
            json.WriteString("advice", check.Advice);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Mark(CheckState state) => state switch
    {
        CheckState.Ok => "✓",
        CheckState.Warning => "!",
        CheckState.Problem => "✗",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state of a check."),
    };
}
