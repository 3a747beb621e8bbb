using System.Globalization;
using System.Text.Json;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Crashes;

/// <summary>A PR review that was killed one to three times and brought to its end: what was seen on the way.</summary>
internal sealed record KilledReview
{
    private const int MostKills = 3;
    private const int Turns = 4;

    // A reply takes a third of a second here.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    public required int Seed { get; init; }

    /// <summary>In order; the life that was ended by each is its place.</summary>
    public required IReadOnlyList<Kill> Kills { get; init; }

    /// <summary>The last life, which was not killed.</summary>
    public required EndedProcess End { get; init; }

    public required StoredRun Run { get; init; }

    /// <summary>What the model was asked in each life.</summary>
    public required IReadOnlyList<IReadOnlyList<LifeCall>> Calls { get; init; }

    /// <summary>Plays one.</summary>
    public static async Task<KilledReview> PlayAsync(int seed, FakeOllamaProcess ollama)
    {
        await using var folder = new StoryFolder();
        var random = new Random(seed);
        var id = $"kill-{Number(seed)}";
        var kills = new List<Kill>();
        var planned = random.Next(1, MostKills + 1);
        EndedProcess? end = null;
        for (var life = 0; end is null; life++)
        {
            // Settings are read at the time of each turn: the name of the model tells which life asked.
            var model = Model(seed, life);
            folder.UseOllama(ollama.Address, model);
            var run = folder.FindRun(id);
            var process = run is null
                ? folder.Start("run", "pr-review", "--sample", "--id", id, "--json")
                : folder.Start("resume", id, "--json");
            if (life >= planned || await DieAsync(process, random, count => ollama.ReceivedAsync(model, count), Turns - (run?.Replies.Count() ?? 0)) is not { } killedAt)
                end = await process.EndAsync();
            else
                kills.Add(new(killedAt, folder.FindRun(id)));
        }

        return new()
        {
            Seed = seed,
            Kills = kills,
            End = end,
            Run = folder.Run(id),
            Calls = [.. Enumerable.Range(0, kills.Count + 1).Select(life => CallsOf(folder, ollama, Model(seed, life)))],
        };
    }

    public static string Model(int seed, int life) => $"life-{Number(seed)}-{Number(life)}";

    // Most kills fall into a turn: a call is chosen, and the time after it came until a little after its answer. Some fall into the start of
    // the program, or before its first call. Null where the end was faster.
    private static async Task<DateTimeOffset?> DieAsync(ChildProcess process, Random random, Func<int, Task> receivedAsync, int turnsLeft)
    {
        var kind = random.Next(6);
        var turn = random.Next(1, Math.Max(1, turnsLeft) + 1);
        var delay = LongestDelay * random.NextDouble();
        var end = process.EndAsync();
        await Task.WhenAny(kind switch
        {
            0 => Task.CompletedTask,
            1 => process.ErrorLineAsync("\n"),
            _ => receivedAsync(turn),
        }, end);
        await Task.WhenAny(Task.Delay(delay, TimeProvider.System, TestContext.Current.CancellationToken), end);
        var now = TimeProvider.System.GetUtcNow();
        return await process.KillAsync() ? now : null;
    }

    private static IReadOnlyList<LifeCall> CallsOf(StoryFolder folder, FakeOllamaProcess ollama, string model)
    {
        using var settings = JsonDocument.Parse(File.ReadAllText(folder.SettingsPath));
        var agents = settings.RootElement.GetProperty("agents").EnumerateObject().ToDictionary(a => a.Value.GetProperty("role").GetProperty("prompt").GetString()!, a => a.Name);
        return [.. ollama.Ledger.Where(l => l.Model == model).Select(l => new LifeCall(agents[l.Role], l))];
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A <c>kill -9</c>, and what the store held right after it.</summary>
/// <param name="Run">Null where it came before the first commit.</param>
internal sealed record Kill(DateTimeOffset At, StoredRun? Run)
{
    public bool HasReplyOf(string agent) => Run is not null && Run.Replies.Any(r => r.Sender == agent);
}

/// <summary>A call of one life of the program.</summary>
internal sealed record LifeCall(string Agent, LedgerLine Line);
