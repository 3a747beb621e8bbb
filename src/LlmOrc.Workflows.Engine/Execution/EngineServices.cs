using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;
using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmOrc.Workflows.Execution;

/// <summary>What every instance of a process needs, gathered once.</summary>
internal sealed class EngineServices(
    IInstanceStore store,
    IInstanceQueries queries,
    IDefinitionStore definitions,
    IWorkQueue queue,
    IDefinitionReader reader,
    ExpressionEvaluator evaluator,
    IServiceProvider activities,
    IOptions<EngineOptions> options,
    TimeProvider time,
    Owner owner,
    ILoggerFactory loggers,
    IEnumerable<IStartCheck> startChecks,
    IEnumerable<IOutboxRule> outboxRules)
{
    public IInstanceStore Store => store;

    public IInstanceQueries Queries => queries;

    public IDefinitionStore Definitions => definitions;

    public IWorkQueue Queue => queue;

    public IDefinitionReader Reader => reader;

    public ExpressionEvaluator Evaluator => evaluator;

    /// <summary>Where activity objects get their services from.</summary>
    public IServiceProvider Activities => activities;

    public IReadOnlyList<IStartCheck> StartChecks { get; } = [.. startChecks];

    public IReadOnlyList<IOutboxRule> OutboxRules { get; } = [.. outboxRules];

    public EngineOptions Options { get; } = options.Value;

    public TimeProvider Time => time;

    public LiveFeed Live { get; } = new();

    /// <summary>Whose leases this engine takes: this process, unless the host registers another owner.</summary>
    public Owner Owner => owner;

    public ILogger Logger { get; } = loggers.CreateLogger("LlmOrc.Workflows");
}
