using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Server.Hosting;

/// <summary>The engine lives as long as the server listens: it takes up what was interrupted when the server starts, and lets go of all when it stops.</summary>
internal sealed class RuntimeLife(IWorkflowRuntime runtime) : IHostedService
{
    // Made once, it looks for what was interrupted by itself.
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (runtime is IAsyncDisposable life)
            await life.DisposeAsync();
    }
}
