using System.Runtime.InteropServices;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>
/// Ctrl+C and SIGTERM as a token: the first one lets the command park its run, a second one ends the process at once, which costs the run
/// nothing but the calls in flight.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public CancellationToken Token => _source.Token;

    /// <summary>Which exit code the signal asks for; null while there was none.</summary>
    public ExitCode? ExitCode { get; private set; }

    public static Interruption OfProcess()
    {
        var interruption = new Interruption();
        interruption.Listen(PosixSignal.SIGINT, Cli.ExitCode.Interrupted);
        interruption.Listen(PosixSignal.SIGTERM, Cli.ExitCode.Terminated);
        return interruption;
    }

    /// <summary>What a signal does; for tests without one.</summary>
    public bool Signal(ExitCode exitCode)
    {
        if (ExitCode is not null)
            return false;

        ExitCode = exitCode;
        _source.Cancel();
        return true;
    }

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _source.Dispose();
    }

    private void Listen(PosixSignal signal, ExitCode exitCode) => _registrations.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = Signal(exitCode)));
}
