using System.Globalization;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Webhooks;

/// <summary>What of runs people are told: that they are asked something, and that a run is over.</summary>
internal sealed class WebhookRule(IReadOnlyList<WebhookSettings> webhooks) : IOutboxRule
{
    public const string Kind = "webhook";

    private const string Asked = "question.asked";
    private const string Reminded = "question.reminded";
    private const string Finished = "run.finished";
    private const string Faulted = "run.faulted";
    private const string Cancelled = "run.cancelled";

    public static IReadOnlyList<string> All { get; } = [Asked, Reminded, Finished, Faulted, Cancelled];

    public IEnumerable<OutboxChange> Of(InstanceKey instance, string definitionId, JournalEntry entry)
    {
        var events = entry switch
        {
            InstanceFinished finished => [(Name: NameOf(finished.SubStatus), Data: new Dictionary<string, object?>())],
            ActivitySuspended suspended => suspended.Bookmarks.Where(b => b.Name == AwaitReplyActivity.Bookmark)
                .Select(b => (Name: IsReminder(suspended) ? Reminded : Asked, Data: new Dictionary<string, object?> { ["bookmark"] = b.Id, ["question"] = b.Payload })).ToArray(),
            _ => [],
        };
        foreach (var (name, data) in events)
        {
            data["run"] = instance.InstanceId;
            data["workflow"] = definitionId;
            foreach (var webhook in webhooks.Where(w => w.Wants(name)))
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"{name}/{entry.Sequence}/{webhook.Url}/{data.GetValueOrDefault("bookmark")}");
                yield return new(id, Kind, webhook.Url, JsonSerializer.SerializeToElement(new { type = name, timestamp = entry.Time, data }, Values.Json));
            }
        }
    }

    private static bool IsReminder(ActivitySuspended suspended) => suspended.Changes?.OfType<MessageChange>().Any(m => m.Message.Kind == "reminder") is true;

    private static string NameOf(InstanceSubStatus ended) => ended switch
    {
        InstanceSubStatus.Faulted => Faulted,
        InstanceSubStatus.Cancelled => Cancelled,
        _ => Finished,
    };
}
