using System.Runtime.InteropServices;
using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>
/// Ctrl+C and SIGTERM as a token: the first one lets the command park its run, a second one ends the process at once, which costs the run
/// nothing but the calls in flight.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const string ShowCursor = "\x1b[?25h";

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public CancellationToken Token => _source.Token;

    /// <summary>Which exit code the signal asks for; null while there was none.</summary>
    public ExitCode? ExitCode { get; private set; }

    public static Interruption OfProcess(Terminal terminal)
    {
        var interruption = new Interruption();
        interruption.Listen(PosixSignal.SIGINT, Cli.ExitCode.Interrupted, terminal);
        interruption.Listen(PosixSignal.SIGTERM, Cli.ExitCode.Terminated, terminal);
        return interruption;
    }

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _source.Dispose();
    }

    private void Listen(PosixSignal signal, ExitCode exitCode, Terminal terminal) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = Signal(exitCode);
        // What redraws a terminal hides its cursor, and has no time left to bring it back.
        if (!context.Cancel && terminal.IsErrorTerminal)
            terminal.Error.Write(ShowCursor);
    }));

    // False where it is not the first.
    private bool Signal(ExitCode exitCode)
    {
        if (ExitCode is not null)
            return false;

        ExitCode = exitCode;
        _source.Cancel();
        return true;
    }
}
