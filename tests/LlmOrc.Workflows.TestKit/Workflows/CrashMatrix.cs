using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>A workflow to crash, and what to know of it.</summary>
public sealed record CrashShape(string Name, ReadOnlyMemory<byte> Document)
{
    /// <summary>What its effects do.</summary>
    public Action<World> Prepare { get; init; } = _ => { };

    public Action<IServiceCollection>? Configure { get; init; }

    public IReadOnlyDictionary<string, JsonElement> Input { get; init; } = new Dictionary<string, JsonElement>();

    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether an operator mends the world after a fault, and retries.</summary>
    public bool IsRetried { get; init; }

    /// <summary>Whether it leaves calls under way when it ends: then how they settle depends on time.</summary>
    public bool LeavesCalls { get; init; }

    /// <summary>How the world calls what a metered call did.</summary>
    public Func<MeteredCall, string> NameOf { get; init; } = call => call.Step[(call.Step.LastIndexOf('/') + 1)..];

    /// <summary>What people answer, by how many answers were given before.</summary>
    public Func<int, string> Answer { get; init; } = _ => "yes";

    public override string ToString() => Name;
}

/// <summary>Where one process of a run ends, or is misled.</summary>
public sealed record CrashPoint(int Commit, CommitMishap Mishap)
{
    public override string ToString() => $"{Mishap} at commit {Commit}";
}

/// <summary>Runs a workflow through crashes: each time the process is dropped, and another one goes on over the same stores.</summary>
/// <param name="open">Opens the stores for one process.</param>
public sealed class CrashMatrix(CrashShape shape, Func<StoreSeams> open)
{
    // A run takes milliseconds; one that takes so long hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs performed so far, and processes they took.</summary>
    public (int Runs, int Processes) Done { get; private set; }

    /// <summary>Every commit, one mishap at a time, until the run needs no more commits.</summary>
    public async Task RunAllAsync(IReadOnlyList<CommitMishap> mishaps, CancellationToken cancellationToken)
    {
        var expected = await RunAsync([], null, cancellationToken);
        foreach (var mishap in mishaps)
        {
            for (var commit = 1; await RunAsync([new(commit, mishap)], expected, cancellationToken) is { MishapsHappened: 1 }; commit++)
            {
            }
        }
    }

    /// <summary>Two crashes: at every commit, and then in each of the first commits of the recovery.</summary>
    public async Task RunTwiceAsync(CommitMishap first, CommitMishap second, int depth, CancellationToken cancellationToken)
    {
        var expected = await RunAsync([], null, cancellationToken);
        var more = true;
        for (var commit = 1; more; commit++)
        {
            more = false;
            for (var next = 1; next <= depth; next++)
                more |= (await RunAsync([new(commit, first), new(next, second)], expected, cancellationToken)).MishapsHappened > 0;
        }
    }

    /// <summary>One run.</summary>
    /// <param name="points">What happens to the first, the second, … process.</param>
    /// <param name="expected">What it must come to; null for the run that sets the measure.</param>
    public async Task<CrashResult> RunAsync(IReadOnlyList<CrashPoint> points, CrashResult? expected, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var run = new Run(shape, open, expected, $"{shape.Name}-{Done.Runs}-{Guid.NewGuid():n}");
        try
        {
            var result = await run.ToTheEndAsync(points, patience.Token);
            Done = (Done.Runs + 1, Done.Processes + run.Processes);
            return result;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"'{shape.Name}', {string.Join(", then ", points)}: {exception.Message}{Environment.NewLine}{run.Told}", exception);
        }
    }

    private sealed class Run(CrashShape shape, Func<StoreSeams> open, CrashResult? expected, string id)
    {
        private readonly FakeTimeProvider _time = new(new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
        private readonly World _world = new();
        private readonly Dictionary<string, int> _paid = [];
        private readonly InstanceKey _key = new("", id);
        private int _mishaps;

        public int Processes { get; private set; }

        /// <summary>The journal, for whoever has to find out.</summary>
        public string Told { get; private set; } = "";

        public async Task<CrashResult> ToTheEndAsync(IReadOnlyList<CrashPoint> points, CancellationToken cancellationToken)
        {
            shape.Prepare(_world);
            foreach (var point in points)
            {
                if (await ProcessAsync(point, cancellationToken) is { } early)
                    return early;
            }

            return await ProcessAsync(null, cancellationToken) ?? throw new InvalidOperationException("A process died that should not.");
        }

        // One life of a process; null where it died, and another one must go on.
        private async Task<CrashResult?> ProcessAsync(CrashPoint? point, CancellationToken cancellationToken)
        {
            var seams = open();
            await using var owner = seams.Owner;
            var store = new CrashingStore(seams, n => n == point?.Commit ? point.Mishap : null);
            var isDead = false;
            IDefinitionReader reader;
            await using (var host = TestHost.Over(store, _world, Owners.Dead(Processes++), _time, o => o.DrivesAll = true, shape.Configure))
            {
                reader = host.Services.GetRequiredService<IDefinitionReader>();
                try
                {
                    var driving = DriveAsync(host, seams, cancellationToken);
                    // A store that comes back is waited for.
                    if (point?.Mishap is not (null or CommitMishap.DiesBefore or CommitMishap.DiesAfter))
                        await _time.PassUntilAsync(driving, TimeSpan.FromSeconds(1), cancellationToken);
                    await driving;
                }
                catch (Exception) when (store.IsDead)
                {
                    isDead = true;
                }
                finally
                {
                    Told = string.Join(Environment.NewLine, (await seams.Queries.ReadJournalAsync(_key, 1, 10_000, CancellationToken.None)).Select(e => $"{e.Sequence} x{e.ExecutionId} {e.Type}"));
                }
            }

            _mishaps += point is not null && store.Commits >= point.Commit ? 1 : 0;
            var stored = new StoredRun(seams, reader, _key);
            if (await stored.RowAsync(cancellationToken) is not null)
                await CheckAsync(stored, cancellationToken);
            return isDead ? null : await ResultAsync(stored, seams, reader, cancellationToken);
        }

        private async Task DriveAsync(TestHost host, StoreSeams seams, CancellationToken cancellationToken)
        {
            var row = await host.Queries.FindAsync(_key, cancellationToken);
            if (row is null)
                await host.Runtime.StartAsync(new() { Document = shape.Document, InstanceId = id, Input = shape.Input, Settings = shape.Settings }, cancellationToken);
            else if (row.Status == InstanceStatus.Running)
                Assert.NotEqual(ContinueResult.OwnedElsewhere, await host.Runtime.ContinueAsync(id, cancellationToken: cancellationToken));

            for (var turns = 0; turns < 50; turns++)
            {
                row = await host.Runtime.WaitAsync(id, cancellationToken: cancellationToken);
                if (!await NextAsync(host, seams, row, cancellationToken))
                    return;
            }

            throw new InvalidOperationException("It goes on for ever.");
        }

        // What people and time do when it rests; false where nothing is left to do.
        private async Task<bool> NextAsync(TestHost host, StoreSeams seams, InstanceRow row, CancellationToken cancellationToken)
        {
            if (row.Status == InstanceStatus.Finished)
                return row.SubStatus == InstanceSubStatus.Faulted && await MendAsync(host, cancellationToken);

            var bookmarks = await host.Queries.ReadBookmarksAsync(_key, cancellationToken);
            if (bookmarks.FirstOrDefault(b => b.Status == BookmarkStatus.Open) is { } open)
            {
                var answer = Values.From(shape.Answer(bookmarks.Count(b => b.Status != BookmarkStatus.Open)));
                Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(open.Id, answer, $"answer-{open.Id}"), cancellationToken));
                return true;
            }

            if ((await seams.Work.ReadDueTimersAsync(DateTimeOffset.MaxValue, 1000, cancellationToken)).Any(t => t.Instance == _key))
            {
                await PassTimeAsync(host, row, cancellationToken);
                return true;
            }

            return row.IncidentCount > 0 && await MendAsync(host, cancellationToken);
        }

        private async Task<bool> MendAsync(TestHost host, CancellationToken cancellationToken)
        {
            if (!shape.IsRetried)
                return false;

            _world.IsMended = true;
            await host.Runtime.ContinueAsync(id, cancellationToken: cancellationToken);
            return true;
        }

        private async Task PassTimeAsync(TestHost host, InstanceRow row, CancellationToken cancellationToken)
        {
            var next = host.NextEntryAsync(id, row.LastSequence + 1, cancellationToken);
            await _time.PassUntilAsync(next, TimeSpan.FromSeconds(20), cancellationToken);
        }

        private async Task CheckAsync(StoredRun stored, CancellationToken cancellationToken)
        {
            await stored.CheckAsync(cancellationToken);
            var calls = await stored.CallsAsync(cancellationToken);
            var made = _world.Events.Where(e => e.Kind == "effect").ToList();

            // What was paid and committed is never paid again.
            foreach (var (name, count) in _paid)
                Assert.True(made.Count(e => e.Name == name) == count, $"'{name}' was made again after its commit.");
            foreach (var name in calls.Where(c => c.Status == MeteredCallStatus.Settled).Select(shape.NameOf).Distinct())
                _paid[name] = made.Count(e => e.Name == name);

            // Every call has a row, and only a crash leaves one open.
            Assert.True(made.Count <= calls.Count(c => c.Status != MeteredCallStatus.Unused), $"{made.Count} calls were made; there are rows of {calls.Count}.");
            if (Processes == 1 && _mishaps == 0 && !shape.LeavesCalls)
                Assert.DoesNotContain(calls, c => c.Status == MeteredCallStatus.Open);
            Assert.Equal(calls.Count, calls.Select(c => c.Id).Distinct().Count());
        }

        private async Task<CrashResult> ResultAsync(StoredRun stored, StoreSeams seams, IDefinitionReader reader, CancellationToken cancellationToken)
        {
            await using var host = TestHost.Over(new CrashingStore(seams), _world, Owners.Dead(-1), _time, configure: shape.Configure);
            var outcome = await host.Runtime.GetOutcomeAsync(id, cancellationToken: cancellationToken);
            // A call that is left under way may have been left before it was begun.
            var made = _world.Events.Where(e => e.Kind == "effect" && (!shape.LeavesCalls || _paid.ContainsKey(e.Name))).GroupBy(e => e.Name).ToDictionary(g => g.Key, g => g.Count());
            var result = new CrashResult(
                $"{outcome.Row.Status} {outcome.Row.SubStatus} '{outcome.Row.Name}' '{outcome.Row.CorrelationId}' {Sorted(outcome.Output)}",
                string.Join(", ", outcome.Incidents.Select(i => $"{i.ActivityId} {i.Failure.Type}").Distinct().Order(StringComparer.Ordinal)),
                string.Join(", ", (await stored.MessagesAsync(cancellationToken)).Select(m => $"{m.Sender}: {m.Content}").Order(StringComparer.Ordinal)),
                made,
                _mishaps);
            if (expected is null)
                return result;

            Assert.Equal(expected.Outcome, result.Outcome);
            Assert.Equal(expected.Incidents, result.Incidents);
            Assert.Equal(expected.Transcript, result.Transcript);
            Assert.Equal(expected.Made.Keys.Order(StringComparer.Ordinal), made.Keys.Order(StringComparer.Ordinal));
            Assert.All(made, m => Assert.InRange(m.Value, expected.Made[m.Key], expected.Made[m.Key] + Processes - 1));
            return result;
        }

        private static string Sorted(JsonElement output) =>
            string.Join(", ", output.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value.GetRawText()}"));
    }
}

/// <summary>What a run came to, as far as crashes must not change it.</summary>
/// <param name="Made">How often each effect was made.</param>
/// <param name="MishapsHappened">How many of the planned ones; the run may have needed fewer commits.</param>
public sealed record CrashResult(string Outcome, string Incidents, string Transcript, IReadOnlyDictionary<string, int> Made, int MishapsHappened);
