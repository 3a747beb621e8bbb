using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Cli.Validate;

/// <summary><c>llm-orc validate</c>: everything that is wrong with workflow documents, all at once.</summary>
internal sealed class ValidateCommand : Command
{
    private const string UnknownActivity = "unknown-activity";

    private readonly Argument<string[]> _workflows = new("WORKFLOW")
    {
        Description = "Names or paths of workflow documents; without any, all of workflows/.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public ValidateCommand(Commands commands)
        : base("validate", "Checks workflow documents, and that the agents and templates they name exist.")
    {
        Add(_workflows);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ValidateAsync(parsed, context), onlyHere: "reads files of this machine"));
    }

    private async Task<ExitCode> ValidateAsync(ParseResult parsed, CommandContext context)
    {
        var names = parsed.GetValue(_workflows) is { Length: > 0 } given ? given : WorkflowFile.Names(context.Place);
        if (names.Count == 0)
            throw new CommandFailedException(ExitCode.BadInput, $"{context.Place.WorkflowsFolder} has no workflows; name another folder with --folder, or files.");

        await using var session = Session.Open(context);
        var references = await References.ReadAsync(session, context.Place, context.CancellationToken);
        var errors = 0;
        foreach (var name in names)
            errors += await ValidateAsync(name, session, references, context);

        context.Terminal.Say(errors == 0 ? $"{Units.Count(names.Count, "workflow")} without errors." : $"{Units.Count(errors, "error")} in {Units.Count(names.Count, "workflow")}.");
        return errors == 0 ? ExitCode.Finished : ExitCode.BadInput;
    }

    private static async Task<int> ValidateAsync(string name, Session session, References references, CommandContext context)
    {
        WorkflowFile file;
        try
        {
            file = await WorkflowFile.ReadAsync(context.Place, name, context.CancellationToken);
        }
        catch (CommandFailedException exception)
        {
            // The other files are worth checking all the same.
            context.Terminal.Print($"error: {exception.Message}");
            return 1;
        }

        var reading = session.Reader.Read(file.Document);
        List<Diagnostic> all = [.. reading.Diagnostics.Select(Judged), .. reading.Graph is { } graph ? references.Check(graph, file.Document) : []];
        foreach (var diagnostic in all)
            context.Terminal.Print(file.Describe(diagnostic));
        return all.Count(d => d.Severity == DiagnosticSeverity.Error);
    }

    // The reader keeps an unknown activity, because another host may know it; here it would fault.
    private static Diagnostic Judged(Diagnostic diagnostic) =>
        diagnostic.Code == UnknownActivity ? diagnostic with { Severity = DiagnosticSeverity.Error } : diagnostic;
}
