using LlmOrc.Workflows.Persistence.Access;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>Makes an administrator key where there never was a key. Its text is here until the start screen has shown it.</summary>
internal sealed class FirstKey(ApiKeyFile file, AccessSettings settings) : IHostedLifecycleService
{
    private const string Name = "administrator";

    private string? _text;

    /// <summary>The new key's text, once; null where there is nothing to show.</summary>
    public string? Take() => Interlocked.Exchange(ref _text, null);

    // A file that cannot be read stops the start, before anybody is served.
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!settings.NoAuth)
            file.Read();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Only now, when the server listens: a key made at a start that fails would never be shown.
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!settings.NoAuth && await file.CreateFirstAsync(Name, [Permission.Everything], cancellationToken) is var (_, text))
            _text = text;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
