using BenchmarkDotNet.Attributes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.TestKit.Workflows;

namespace LlmOrc.Workflows.Benchmarks;

/// <summary>What the engine itself costs per activity that has no effect: start, evaluate, run, fold, journal, commit to memory.</summary>
// The cleanup disposes; BenchmarkDotNet never disposes the class itself.
#pragma warning disable CA1001
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private const int Activities = 1000;

    private TestHost _host = null!;
    private StartRequest _sequence = null!;
    private StartRequest _loop = null!;

    [GlobalSetup]
    public void Open()
    {
        _host = new();
        _sequence = Doc.Of(
            Doc.Sequence([.. Enumerable.Range(0, Activities).Select(i => Doc.Set($"s{i}", "v", Doc.Literal(i)))]),
            variables: [Doc.Variable("v", "Int32")]).Start();
        _loop = Doc.Of(
            Doc.Activity("Elsa.For", "loop", ("start", Doc.Literal(1)), ("end", Doc.Literal(Activities)), ("body", Doc.Set("s", "v", Doc.Variable("CurrentValue")))),
            variables: [Doc.Variable("v", "Int32")]).Start();
    }

    [GlobalCleanup]
    public async Task CloseAsync() => await _host.DisposeAsync();

    [Benchmark(OperationsPerInvoke = Activities, Description = "effect-free activity, in a sequence of 1,000")]
    public Task SequenceAsync() => _host.RunAsync(_sequence, CancellationToken.None);

    [Benchmark(OperationsPerInvoke = Activities, Description = "effect-free activity, in a loop of 1,000 passes")]
    public Task LoopAsync() => _host.RunAsync(_loop, CancellationToken.None);
}
