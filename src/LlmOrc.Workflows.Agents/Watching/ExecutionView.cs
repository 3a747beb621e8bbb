using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Agents.Watching;

/// <summary>One execution of an activity, as far as a person wants to see it.</summary>
public sealed class ExecutionView(long id, long parentId, string activityId, ActivityNode? node)
{
    // More than any terminal's width; what came before is of no interest.
    private const int TailLength = 600;

    private readonly Dictionary<string, MeteredCall> _calls = [];
    private readonly StringBuilder _tail = new();
    private string? _agent;

    public long Id => id;

    public long ParentId => parentId;

    public string ActivityId => activityId;

    public ActivityNode? Node => node;

    public List<ExecutionView> Children { get; } = [];

    public string Type => node?.Type ?? "";

    /// <summary>What to call it: the agent that speaks, else the author's name for it.</summary>
    public string Label => Agent ?? Name;

    public string Name => string.IsNullOrWhiteSpace(node?.Name) ? activityId : node.Name;

    public bool IsComposite => node?.Descriptor?.ControlFlow is not null;

    public bool IsMetered => node?.Descriptor?.IsMetered is true || _calls.Count > 0;

    public bool HasEffect => node?.Descriptor?.HasEffect is true;

    /// <summary>Whether it only prepares for others to speak, or reads what they said.</summary>
    public bool IsPreparation => node?.Descriptor is { Category: "Conversations", IsMetered: false };

    public ExecutionState State { get; set; }

    public int Attempts { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Who speaks; null where several do, so that it goes by its own name.</summary>
    public string? Agent
    {
        get => _agent ?? (_calls.Values.Select(c => c.Agent).Distinct().ToArray() is [var only] ? only : null);
        set => _agent = value;
    }

    public string? Model => _calls.Values.LastOrDefault(c => c.Model is not null)?.Model;

    public long PromptTokens => _calls.Values.Sum(c => c.PromptTokens);

    public long CompletionTokens => _calls.Values.Sum(c => c.CompletionTokens);

    public decimal Cost => _calls.Values.Sum(c => c.Cost);

    public IReadOnlyCollection<MeteredCall> Calls => _calls.Values;

    public IReadOnlyList<string> Outcomes { get; set; } = [];

    public IReadOnlyDictionary<string, JsonElement>? Inputs { get; set; }

    public IReadOnlyDictionary<string, JsonElement>? Outputs { get; set; }

    public Failure? Failure { get; set; }

    public IReadOnlyList<OpenBookmark> Bookmarks { get; set; } = [];

    public IReadOnlyList<PendingTimer> Timers { get; set; } = [];

    /// <summary>The end of what it has said so far; as it came, not made safe.</summary>
    public string Tail => _tail.ToString();

    public void Say(string text)
    {
        _tail.Append(text.Length > TailLength ? text.AsSpan(text.Length - TailLength) : text);
        if (_tail.Length > 2 * TailLength)
            _tail.Remove(0, _tail.Length - TailLength);
    }

    public void Hush() => _tail.Clear();

    public void Count(MeteredCall call) => _calls[call.Id] = call;

    public TimeSpan? Elapsed(DateTimeOffset now) => StartedAt is { } started ? (EndedAt ?? now) - started : null;
}

public enum ExecutionState
{
    Ready,
    Running,
    Waiting,
    Retrying,
    Done,
    Failed,
    Cancelled,
}
