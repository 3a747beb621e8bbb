using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LlmOrc.Workflows.TestKit.Models;

// A fake Ollama in a process of its own, for tests that kill the program under test: its ledger outlives both.
// fake-ollama [--port 0] [--ledger PATH] [--delay-ms N] [--until-stdin-ends]; prints its address, and a line for
// each call that came (MODEL call N, counted for each model), and runs until it is told to stop.
var port = int.Parse(Value("--port") ?? "0");
var delay = TimeSpan.FromMilliseconds(int.Parse(Value("--delay-ms") ?? "0"));
var counts = new ConcurrentDictionary<string, int>();
await using var fake = await FakeOllama.StartAsync(
    exchange =>
    {
        Console.WriteLine($"{exchange.Call.Model} call {counts.AddOrUpdate(exchange.Call.Model, 1, (_, count) => count + 1)}");
        return exchange.SayAsync($"Heard you, as {exchange.Call.System.Split('\n')[0]} (request {exchange.Call.BodyHash[..8]}).", delay);
    }, port, Value("--ledger"));
Console.WriteLine(fake.Address);
if (args.Contains("--until-stdin-ends"))
{
    // Whoever started it holds the other end: when that dies, this ends too.
    await Console.In.ReadToEndAsync(CancellationToken.None);
    return;
}

var stop = new TaskCompletionSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
await stop.Task;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}

string? Value(string option)
{
    var place = Array.IndexOf(args, option);
    return place >= 0 && place + 1 < args.Length ? args[place + 1] : null;
}
