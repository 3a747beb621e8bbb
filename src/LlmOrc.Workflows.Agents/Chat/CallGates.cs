using System.Collections.Concurrent;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Lets so many calls through at once: per profile, and per provider at an endpoint.</summary>
internal sealed class CallGates
{
    // One gate for each limit the settings ever named: as many as somebody wrote down.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    /// <summary>Waits for a place. Always the profile's gate first, so that no two calls wait for each other.</summary>
    public async ValueTask<IDisposable> EnterAsync(ModelProfile profile, CancellationToken cancellationToken)
    {
        var place = new Place();
        try
        {
            if (profile.Concurrency is { } own)
                await place.TakeAsync(Gate($"profile {profile.Name}", own), cancellationToken);
            if (profile.ProviderConcurrency is { } shared)
                await place.TakeAsync(Gate($"provider {profile.Provider} {profile.Endpoint}", shared), cancellationToken);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    private SemaphoreSlim Gate(string name, int width) => _gates.GetOrAdd($"{name} {width}", _ => new SemaphoreSlim(width));

    private sealed class Place : IDisposable
    {
        private readonly List<SemaphoreSlim> _taken = new(2);

        public async ValueTask TakeAsync(SemaphoreSlim gate, CancellationToken cancellationToken)
        {
            await gate.WaitAsync(cancellationToken);
            _taken.Add(gate);
        }

        public void Dispose()
        {
            foreach (var gate in _taken)
                gate.Release();
            _taken.Clear();
        }
    }
}
