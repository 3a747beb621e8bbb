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

    public required int Seed { get; init; }

    /// <summary>In order; the life that was ended by each is its place.</summary>
    public required IReadOnlyList<Kill> Kills { get; init; }

    /// <summary>The last life, which was not killed.</summary>
    public required EndedProcess End { get; init; }

    public required StoredRun Run { get; init; }

    /// <summary>What the model was asked in each life.</summary>
    public required IReadOnlyList<IReadOnlyList<LifeCall>> Calls { get; init; }

    /// <summary>Plays one.</summary>
    /// <param name="pace">How long an undisturbed review takes; kills are spread over it.</param>
    public static async Task<KilledReview> PlayAsync(int seed, FakeOllamaProcess ollama, TimeSpan pace)
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
            folder.UseOllama(ollama.Address, Model(seed, life));
            var process = folder.FindRun(id) is null
                ? folder.Start("run", "pr-review", "--sample", "--id", id, "--json")
                : folder.Start("resume", id, "--json");
            if (life >= planned || await DieAsync(process, random, pace) is not { } killedAt)
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

    // Most kills fall into the work, some into the start of the program. Null where the end was faster.
    private static async Task<DateTimeOffset?> DieAsync(ChildProcess process, Random random, TimeSpan pace)
    {
        var fromFirstLine = random.Next(5) > 0;
        var delay = pace * random.NextDouble();
        var end = process.EndAsync();
        if (fromFirstLine)
            await Task.WhenAny(process.ErrorLineAsync("\n"), end);
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
