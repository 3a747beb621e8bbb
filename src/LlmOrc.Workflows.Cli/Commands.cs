using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using LlmOrc.Workflows.Cli.Answer;
using LlmOrc.Workflows.Cli.Cancel;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.List;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Remote;
using LlmOrc.Workflows.Cli.Resume;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Cli.Show;
using LlmOrc.Workflows.Cli.Validate;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Cli;

/// <summary>The command line: which commands there are, and what happens around each of them.</summary>
internal sealed class Commands
{
    private readonly Terminal _terminal;
    private readonly Action<IServiceCollection>? _more;
    private readonly RootCommand _root;

    private readonly Option<string?> _data = new("--data") { Description = $"Folder of the store. The default is ${Persistence.DataFolder.Variable}, or llm-orc in the user's data folder.", HelpName = "folder", Recursive = true };
    private readonly Option<string?> _folder = new("--folder", "-C") { Description = "Folder with workflows/, templates/ and llm-orc.json. The default is the current one.", HelpName = "folder", Recursive = true };
    private readonly Option<string?> _configuration = new("--config") { Description = "File with agents and models. The default is llm-orc.json in the folder.", HelpName = "file", Recursive = true };
    private readonly Option<string?> _server = new("--server") { Description = $"A server whose runs are driven instead of a store's. The default is ${ServerAddress.UrlVariable}, else none.", HelpName = "url", Recursive = true };
    private readonly Option<string?> _keyFile = new("--api-key-file") { Description = $"File with the key for the server. The default is the key in ${ServerAddress.KeyVariable}.", HelpName = "file", Recursive = true };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Say more: the engine's log, and where errors came from.", Recursive = true };

    /// <param name="more">Activities and parts beside the program's own.</param>
    public Commands(Terminal terminal, Action<IServiceCollection>? more = null)
    {
        (_terminal, _more) = (terminal, more);
        _root = new RootCommand("Runs durable workflows of conversations between LLM agents.")
        {
            new RunCommand(this), new ResumeCommand(this), new AnswerCommand(this), new Chat.ChatCommand(this), new Ask.AskCommand(this), new Transcript.TranscriptCommand(this), new Agents.AgentsCommand(this), new Agents.ModelsCommand(this), new Doctor.DoctorCommand(this), new Keys.KeysCommand(this), new ListCommand(this), new ShowCommand(this), new CancelCommand(this), new ValidateCommand(this),
            _data, _folder, _configuration, _server, _keyFile, _verbose,
        };
        _root.HelpName = "llm-orc";
        // Every help ends with the exit codes: scripts are written with the help at hand.
        if (_root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction help } option)
            option.Action = new HelpWithExitCodes(help);
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        // @file means the content of an input here, never more arguments.
        var parsed = _root.Parse(args.Count == 0 ? ["--help"] : args, new() { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
            return (int)SayUsage(parsed);
        try
        {
            return await parsed.InvokeAsync(new() { Output = _terminal.Output, Error = _terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (CommandFailedException exception)
        {
            // Of what the parser itself does: a help that cannot be written.
            return (int)Fail(exception, isVerbose: false, asJson: false);
        }
    }

    /// <summary>Runs a command; whatever goes wrong becomes one clear message and an exit code.</summary>
    /// <param name="onlyHere">Why it cannot be asked of a server; null where it can.</param>
    public async Task<int> InvokeAsync(ParseResult parsed, Func<CommandContext, Task<ExitCode>> command, bool asJson = false, string? onlyHere = null)
    {
        using var interruption = Interruption.OfProcess(_terminal);
        var isVerbose = parsed.GetValue(_verbose);
        try
        {
            var place = Workplace.Of(parsed.GetValue(_data), parsed.GetValue(_folder), parsed.GetValue(_configuration));
            var context = new CommandContext(_terminal, place, interruption, isVerbose)
            {
                NamesFolder = (parsed.GetValue(_folder) ?? parsed.GetValue(_configuration)) is not null,
                More = _more,
                Server = FindServer(parsed, onlyHere),
            };
            return (int)await command(context);
        }
        catch (OperationCanceledException) when (interruption.ExitCode is { } exitCode)
        {
            return (int)exitCode;
        }
#pragma warning disable CA1031 // The program's boundary: everything becomes a message and an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return (int)Fail(exception, isVerbose, asJson);
        }
    }

    private ServerAddress? FindServer(ParseResult parsed, string? onlyHere)
    {
        var server = ServerAddress.Find(parsed.GetValue(_server), namesStore: parsed.GetValue(_data) is not null, parsed.GetValue(_keyFile));
        if (server is not null && onlyHere is not null)
        {
            var how = parsed.GetValue(_server) is null ? $"unset ${ServerAddress.UrlVariable} for it" : "leave --server away";
            throw new CommandFailedException(ExitCode.BadInput, $"`llm-orc {parsed.CommandResult.Command.Name}` {onlyHere}, and cannot be asked of a server: {how}.");
        }

        if (server is { IsOpenToRead: true })
            _terminal.Say($"warning: The key goes to {server} unencrypted. Use https where others share the network.");
        return server;
    }

    private ExitCode Fail(Exception exception, bool isVerbose, bool asJson)
    {
        var (exitCode, message) = Problems.Explain(exception);
        // Diagnostics begin with their place, as editors expect.
        _terminal.Say(message.Contains(": error ", StringComparison.Ordinal) ? message : $"error: {message}");
        if (isVerbose)
            _terminal.Say(exception.ToString());
        if (asJson && exitCode != ExitCode.OutputLost)
            RunJson.WriteError(_terminal.Output, exitCode, message);
        return exitCode;
    }

    private ExitCode SayUsage(ParseResult parsed)
    {
        if (parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [var unknown, ..])
        {
            var meant = Activities.Similarity.Closest(unknown, _root.Subcommands.Select(c => c.Name), 1) is [var similar] ? $" Did you mean 'llm-orc {similar}'?" : "";
            _terminal.Say($"error: There is no command '{unknown}'.{meant} See: llm-orc --help");
            return ExitCode.BadInput;
        }

        foreach (var error in parsed.Errors)
            _terminal.Say($"error: {error.Message}");
        _terminal.Say($"See: llm-orc {parsed.CommandResult.Command.Name} --help");
        return ExitCode.BadInput;
    }

    private sealed class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var exitCode = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(ExitCodes.Help);
            return exitCode;
        }
    }
}
