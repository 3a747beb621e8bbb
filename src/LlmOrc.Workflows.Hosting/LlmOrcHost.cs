using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Execution;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Hosting;

/// <summary>All of it for a program without a host of its own, such as a script. Disposing it parks what runs; with a database it goes on later.</summary>
public sealed class LlmOrcHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private volatile bool _isUsed;

    private LlmOrcHost(ServiceProvider services) => _services = services;

    /// <summary>Starts, stops and watches workflows.</summary>
    public IWorkflowRuntime Runtime => Get<IWorkflowRuntime>();

    /// <summary>Conversations between agents.</summary>
    public ConversationOrchestrator Conversations => Get<ConversationOrchestrator>();

    /// <param name="configure">Files and database. The default needs no file and keeps nothing.</param>
    /// <param name="services">Parts of your own: activities, model providers, logging.</param>
    /// <exception cref="FileNotFoundException">The configuration file that was named does not exist.</exception>
    public static LlmOrcHost Open(Action<LlmOrcOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var all = new ServiceCollection();
        services?.Invoke(all);
        return new(all.AddLlmOrc(configure).BuildServiceProvider());
    }

    /// <summary>Registers an agent, so that it can be spoken to: by <see cref="Agent.RespondAsync"/>, in conversations and workflows.</summary>
    /// <exception cref="ArgumentException">Another agent has the name.</exception>
    public Agent Add(Agent agent)
    {
        Conversations.RegisterAgent(agent);
        return agent;
    }

    /// <summary>Any part of it, e.g. a <see cref="PullRequestReview"/>: a new one each time, with reviewers of its own.</summary>
    public T Get<T>()
        where T : notnull
    {
        _isUsed = true;
        return _services.GetRequiredService<T>();
    }

    /// <summary>Parks what runs. Whoever waits for something of it gets a <see cref="RuntimeClosedException"/>, and finds what was done in the store.</summary>
    public async ValueTask DisposeAsync()
    {
        // Before all that turns use, so that none fails of what is missing all at once.
        if (_isUsed && _services.GetService<IWorkflowRuntime>() is IAsyncDisposable runtime)
            await runtime.DisposeAsync();
        _isUsed = false;
        await _services.DisposeAsync();
    }
}
