using System.CommandLine;
using System.CommandLine.Parsing;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.List;

/// <summary><c>llm-orc list</c>: the runs of the store, newest first.</summary>
internal sealed class ListCommand : Command
{
    private const int PageSize = 200;

    private readonly Option<RunState?> _status = new("--status", "-s") { Description = "Only runs in this state: running, interrupted, waiting, finished, faulted, cancelled.", HelpName = "state", CustomParser = ParseState };
    private readonly Option<string?> _workflow = new("--workflow", "-w") { Description = "Only runs of this workflow.", HelpName = "name" };
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "At most so many, 1 to 1000. The default is 20.", HelpName = "number", DefaultValueFactory = _ => 20 };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON array." };

    public ListCommand(Commands commands)
        : base("list", "Lists runs, newest first.")
    {
        _limit.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, out var limit) && limit is < 1 or > 1000)
                result.AddError("--limit is 1 to 1000.");
        });
        Add(_status);
        Add(_workflow);
        Add(_limit);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ListAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    // The library's own message names our types.
    private static RunState? ParseState(ArgumentResult result)
    {
        if (result.Tokens is [{ Value: var text }] && Enum.GetNames<RunState>().Contains(text, StringComparer.OrdinalIgnoreCase))
            return Enum.Parse<RunState>(text, ignoreCase: true);

        result.AddError($"--status is one of: {string.Join(", ", Enum.GetNames<RunState>().Select(n => n.ToLowerInvariant()))}.");
        return null;
    }

    private async Task<ExitCode> ListAsync(ParseResult parsed, CommandContext context)
    {
        await using var session = Session.Open(context);
        var rows = await FindAsync(session, parsed, context.CancellationToken);
        if (parsed.GetValue(_json))
            RunTable.WriteJson(context.Terminal, rows);
        else
            RunTable.Write(context.Terminal, rows, session.Time.GetUtcNow());
        return ExitCode.Finished;
    }

    private async Task<IReadOnlyList<ListedRun>> FindAsync(Session session, ParseResult parsed, CancellationToken cancellationToken)
    {
        var limit = parsed.GetValue(_limit);
        var wanted = parsed.GetValue(_status);
        var filter = new InstanceFilter(DefinitionId: parsed.GetValue(_workflow), SubStatus: SubStatusOf(wanted), Limit: wanted is null ? limit : PageSize);
        var found = new List<ListedRun>();
        while (true)
        {
            var page = await session.Queries.ListAsync(filter, cancellationToken);
            foreach (var row in page)
            {
                var state = await session.StateOfAsync(row, cancellationToken);
                if (wanted is not null && state != wanted)
                    continue;

                found.Add(new(row, state, await session.ReadUsageAsync(row, cancellationToken)));
                if (found.Count == limit)
                    return found;
            }

            if (page.Count < filter.Limit)
                return found;
            filter = filter with { After = page[^1].Key.InstanceId };
        }
    }

    // Pending is a moment between two commits; whether a run is driven is told by its lease.
    private static InstanceSubStatus? SubStatusOf(RunState? state) => state switch
    {
        RunState.Waiting => InstanceSubStatus.Suspended,
        RunState.Finished => InstanceSubStatus.Finished,
        RunState.Faulted => InstanceSubStatus.Faulted,
        RunState.Cancelled => InstanceSubStatus.Cancelled,
        _ => null,
    };
}

/// <summary>A run of a list.</summary>
internal sealed record ListedRun(InstanceRow Row, RunState State, Usage Usage);
