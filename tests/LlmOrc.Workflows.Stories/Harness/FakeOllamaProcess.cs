using System.Globalization;
using LlmOrc.Workflows.TestKit.Models;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The fake Ollama in a process of its own, with its ledger.</summary>
internal sealed class FakeOllamaProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly string _ledgerPath;

    private FakeOllamaProcess(ChildProcess process, string ledgerPath, Uri address) => (_process, _ledgerPath, Address) = (process, ledgerPath, address);

    public Uri Address { get; }

    public IReadOnlyList<LedgerLine> Ledger => CallLedger.Read(_ledgerPath);

    /// <param name="delayMilliseconds">The pause before each token.</param>
    public static async Task<FakeOllamaProcess> StartAsync(string folder, int delayMilliseconds)
    {
        var ledgerPath = Path.Combine(folder, "calls.jsonl");
        // It ends with its standard input, so that it does not outlive tests that are killed.
        var process = ChildProcess.Start(
            BuiltProgram.FakeOllama, ["--ledger", ledgerPath, "--delay-ms", delayMilliseconds.ToString(CultureInfo.InvariantCulture), "--until-stdin-ends"], folder);
        var address = await process.OutputLineAsync("http://");
        return new(process, ledgerPath, new(address.Trim()));
    }

    /// <summary>Waits until a model was asked so many times.</summary>
    public Task ReceivedAsync(string model, int count) => _process.OutputLineAsync($"{model} call {count.ToString(CultureInfo.InvariantCulture)}{Environment.NewLine}");

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
