using LlmOrc.Samples;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Hosting;

// dotnet run --project samples/AgentOrchestration -- two-agents              offline, by the simulated model
// dotnet run --project samples/AgentOrchestration -- two-agents llama3       by a model of Ollama's
if (args.Length == 0 || !Sample.All.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"Name a sample: {string.Join(", ", Sample.All.Keys)}; and, if you like, a model of Ollama's.");
    return 2;
}

await using var host = LlmOrcHost.Open();
await run(host, args.Length > 1 ? new OllamaModel(args[1]) : new SimulatedModel(), Console.Out);
return 0;
