using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>A program under test, seen from outside: its lines, its end. What still runs when a test ends is killed by its id.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>Longer than anything here takes on a machine that does much else; who waits so long waits for nothing.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Lock _lock = new();
    private readonly Task _reading;
    private TaskCompletionSource _news = NewSource();

    private ChildProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _error));
    }

    public int Id => _process.Id;

    public string Output => TextOf(_output);

    public string Error => TextOf(_error);

    public static ChildProcess Start(string program, IEnumerable<string> args, string folder, params (string Name, string Value)[] environment)
    {
        // A shell that runs the tests in the background makes its children deaf to Ctrl+C; a user's shell does not. The process id stays.
        string[] heard = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", program] : [program];
        var start = new ProcessStartInfo(heard[0], [.. heard[1..], .. args])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // The tests' own settings are not the program's.
        foreach (var name in (string[])["LLM_ORC_DATA", "LLM_ORC_DATABASE", "LLM_ORC_SERVER", "LLM_ORC_API_KEY"])
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>Waits until standard error holds a text; returns its whole line.</summary>
    public Task<string> ErrorLineAsync(string text) => LineAsync(_error, text);

    /// <summary>Waits until standard output holds a text; returns its whole line.</summary>
    public Task<string> OutputLineAsync(string text) => LineAsync(_output, text);

    /// <summary>Writes to standard input.</summary>
    public async Task TypeAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync(CancellationToken.None);
    }

    /// <summary>Waits for the end.</summary>
    public async Task<EndedProcess> EndAsync()
    {
        try
        {
            // Bounded by time alone: a test that is stopped waits for the end of what it kills.
            await Task.WhenAll(_process.WaitForExitAsync(CancellationToken.None), _reading).WaitAsync(Limit, CancellationToken.None);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"Process {Id} has not ended.{Environment.NewLine}{Output}{Environment.NewLine}{Error}", exception);
        }

        return new(_process.ExitCode, Output, Error);
    }

    /// <summary><c>kill -9</c>, and the wait until it is gone. False where it had ended before.</summary>
    public async Task<bool> KillAsync()
    {
        _process.Kill();
        await EndAsync();
        // 128 + SIGKILL, as the runtime counts.
        return _process.ExitCode == 137;
    }

    /// <summary>Sends a signal by its name, e.g. INT.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task<string> LineAsync(StringBuilder stream, string text)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (true)
        {
            var news = _news;
            if (LineOf(TextOf(stream), text) is { } line)
                return line;
            if (_reading.IsCompleted)
                throw new InvalidOperationException($"Process {Id} ended without '{text}'.{Environment.NewLine}{Output}{Environment.NewLine}{Error}");
            try
            {
                await news.Task.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException exception)
            {
                throw new TimeoutException($"Process {Id} does not say '{text}'.{Environment.NewLine}{Output}{Environment.NewLine}{Error}", exception);
            }
        }
    }

    private static string? LineOf(string all, string text)
    {
        var place = all.IndexOf(text, StringComparison.Ordinal);
        if (place < 0)
            return null;

        var start = all.LastIndexOf('\n', place) + 1;
        var end = all.IndexOf('\n', place + text.Length);
        return all[start..(end < 0 ? all.Length : end)];
    }

    // By pieces and not by lines: a terminal is written in pieces.
    private async Task ReadAsync(StreamReader stream, StringBuilder text)
    {
        var buffer = new char[4096];
        while (await stream.ReadAsync(buffer, CancellationToken.None) is > 0 and var count)
        {
            lock (_lock)
                text.Append(buffer, 0, count);
            Tell();
        }

        Tell();
    }

    private void Tell()
    {
        TaskCompletionSource told;
        lock (_lock)
            (told, _news) = (_news, NewSource());
        told.TrySetResult();
    }

    private string TextOf(StringBuilder text)
    {
        lock (_lock)
            return text.ToString();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How a program ended.</summary>
internal sealed record EndedProcess(int ExitCode, string Output, string Error);
