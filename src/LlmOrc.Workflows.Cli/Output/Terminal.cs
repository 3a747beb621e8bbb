using System.Text;
using Spectre.Console;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>
/// The two streams of the program: standard output holds the result, standard error everything said on the way. Either is a terminal or
/// not; styles and boxes go to terminals only.
/// </summary>
internal sealed class Terminal
{
    private readonly Lazy<IAnsiConsole> _result;
    private readonly Lazy<IAnsiConsole> _progress;
    private Task<string?>? _line;

    /// <param name="result">Made when first used: looking a terminal over takes time.</param>
    public Terminal(TextWriter output, TextWriter error, Func<Stream> input, Func<IAnsiConsole> result, Func<IAnsiConsole> progress)
    {
        (Output, Error, Input) = (output, error, input);
        _result = new(result);
        _progress = new(progress);
    }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>Opens standard input: its bytes, for they need not be text.</summary>
    public Func<Stream> Input { get; }

    /// <summary>Standard output with styles.</summary>
    public IAnsiConsole Result => _result.Value;

    /// <summary>Standard error with styles.</summary>
    public IAnsiConsole Progress => _progress.Value;

    /// <summary>Whether a result may have boxes and colours.</summary>
    public bool StylesResult { get; init; }

    /// <summary>Whether standard input is a person.</summary>
    public bool ReadsFromPerson { get; init; }

    /// <summary>Reads a line that a person types; null at the end of the input. It blocks, and cannot be stopped.</summary>
    public Func<string?> LineReader { get; init; } = () => null;

    /// <summary>Whether a person can be asked something: she sees the question, and can answer.</summary>
    public bool CanAsk => ReadsFromPerson && StylesResult;

    /// <summary>Whether standard error can be redrawn.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Whether progress may be redrawn in place.</summary>
    public bool ShowsLive => IsErrorTerminal && Progress.Profile.Capabilities.Ansi;

    public static Terminal OfProcess()
    {
        if (OperatingSystem.IsWindows())
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        // The result must not be lost unnoticed. What is said on the way may: there is nowhere left to say so.
        var output = Console.IsOutputRedirected ? new RedirectedWriter(Console.Out, exception => throw ResultLost(exception)) : Console.Out;
        var error = Console.IsErrorRedirected ? new RedirectedWriter(Console.Error, _ => { }) : Console.Error;
        return new(output, error, Console.OpenStandardInput, () => Styled(output, !Console.IsOutputRedirected), () => Styled(error, !Console.IsErrorRedirected))
        {
            StylesResult = !Console.IsOutputRedirected,
            ReadsFromPerson = !Console.IsInputRedirected,
            IsErrorTerminal = !Console.IsErrorRedirected,
            LineReader = Console.ReadLine,
        };
    }

    /// <summary>A line that a person types; null at the end of the input. Where the wait is given up, the line goes to the next one who waits.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        // On a thread of its own: it may stay blocked for as long as the program lives.
        _line ??= Task.Factory.StartNew(LineReader, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var text = await _line.WaitAsync(cancellationToken);
        _line = null;
        return text;
    }

    /// <summary>A line on standard error.</summary>
    public void Say(string line) => Error.WriteLine(TerminalText.Clean(line));

    /// <summary>A line of the result.</summary>
    public void Print(string line) => Output.WriteLine(TerminalText.Clean(line));

    private static CommandFailedException ResultLost(IOException exception) => new(
        ExitCode.OutputLost, $"Standard output cannot be written: {exception.Message.TrimEnd('.')}. Runs and answers are kept in the store: see llm-orc list, llm-orc show ID.", exception);

    private static IAnsiConsole Styled(TextWriter writer, bool isTerminal) => AnsiConsole.Create(new()
    {
        Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(writer),
    });
}
