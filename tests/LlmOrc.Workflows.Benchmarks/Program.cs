using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(LlmOrc.Workflows.Benchmarks.EngineBenchmarks).Assembly).Run(args);
