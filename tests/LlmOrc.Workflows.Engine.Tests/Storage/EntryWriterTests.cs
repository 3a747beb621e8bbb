using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Engine.Tests.Storage;

/// <summary>What is written by hand for speed is what the serializer would write, and is read back as what it was.</summary>
public sealed class EntryWriterTests
{
    private static readonly JsonElement Complex = JsonElement.Parse("""{"a":[1,2.50,"é \"q\" <b>",null,{"deep":true}],"\u0041":1e400}""");
    private static readonly JsonElement Large = JsonElement.Parse($"\"{new string('x', Payloads.InlineLimit + 1)}\"");
    private static readonly JsonElement LooksLikeReference = JsonElement.Parse("""{"$payload":"sha256-0"}""");
    private static readonly string LongText = new('é', Payloads.InlineLimit);

    private static readonly MeteredCall Call = new() { Id = "c", ExecutionId = 7, Attempt = 1, Step = "s", StartedAt = DateTimeOffset.UnixEpoch };

    private static readonly TranscriptMessage Message = new() { Id = "m", ConversationId = "k", Sender = "a", Content = "hello", Kind = "say" };

    public static TheoryData<int> Places => [.. Enumerable.Range(0, Entries.Length)];

    private static JournalEntry[] Entries =>
    [
        new ActivityScheduled { ExecutionId = 1, ActivityId = "a", ParentId = 0 },
        new ActivityScheduled { ExecutionId = 2, ActivityId = "näme \"q\" \u2028", ParentId = 1, Tag = -3, Variables = [] },
        new ActivityScheduled { ExecutionId = 3, ActivityId = LongText, ParentId = 1, Variables = [new("v", Complex), new("", default), new(LongText, Large)] },
        new ActivityStarted { ExecutionId = 4, ActivityId = "a", Attempt = 1 },
        new ActivityStarted { ExecutionId = 5, ActivityId = "a", Attempt = 2, Inputs = new Dictionary<string, JsonElement>(), Changes = [] },
        new ActivityStarted
        {
            ExecutionId = 6, ActivityId = "a", Attempt = 3,
            Inputs = new SortedDictionary<string, JsonElement> { ["naïve"] = Complex, ["large"] = Large, ["like"] = LooksLikeReference, ["none"] = default, ["null"] = Values.Null },
            Changes = [new VariableChange("v", Complex), new OutputChange("o", Large), new VariableChange(LongText, default)],
        },
        new ActivityStarted { ExecutionId = 7, ActivityId = "a", Attempt = 1, Call = Call },
        new ActivityStarted { ExecutionId = 7, ActivityId = "a", Attempt = 1, Changes = [new VariableChange("v", Complex), new NameChange("n")] },
        new ExpressionEvaluated { ExecutionId = 8, Key = int.MinValue, Value = Complex },
        new ExpressionEvaluated { ExecutionId = 8, Key = 0, Value = default, Changes = [new OutputChange("o", Values.True)] },
        new ExpressionEvaluated { ExecutionId = 8, Key = 0, Value = Large, Changes = [new CorrelationChange("k")] },
        new OutputAssigned { ExecutionId = long.MaxValue, Output = "o", Value = LooksLikeReference },
        new ActivityCompleted { ExecutionId = 9, Outcomes = [] },
        new ActivityCompleted { ExecutionId = 9, Outcomes = ["Done", LongText], Outputs = new Dictionary<string, JsonElement> { ["result"] = Complex }, Changes = [new VariableChange("v", Values.Number(1000))] },
        new ActivityCompleted { ExecutionId = 9, Outcomes = ["Done"], Changes = [new MessageChange(Message)] },
        new BreakRaised { ExecutionId = 10 },
        new InstanceFinished { SubStatus = InstanceSubStatus.Finished },
    ];

    [Theory]
    [MemberData(nameof(Places))]
    public void Is_what_the_serializer_writes(int place)
    {
        var entry = Entries[place];
        var (byHand, bySerializer) = (new Dictionary<string, ReadOnlyMemory<byte>>(), new Dictionary<string, ReadOnlyMemory<byte>>());
        entry.Sequence = 1;
        var row = Assert.Single(new JournalBuffer().Write([entry], byHand));

        Assert.Equal(Encoding.UTF8.GetString(Payloads.Write(entry, bySerializer)), Encoding.UTF8.GetString(row.Data.Span));
        Assert.Equal(bySerializer.Keys.Order(), byHand.Keys.Order());
        Assert.Equal(Payloads.Write(entry, []), Payloads.Write(JournalCodec.Read(row, byHand), []));
    }

    [Fact]
    public void Entries_of_one_commit_lie_one_after_the_other_and_the_buffer_serves_the_next_commit()
    {
        var buffer = new JournalBuffer();
        for (var commit = 0; commit < 3; commit++)
        {
            var rows = buffer.Write([.. Entries], []);
            Assert.Equal(Entries.Select(e => Encoding.UTF8.GetString(Payloads.Write(e, []))), rows.Select(r => Encoding.UTF8.GetString(r.Data.Span)));
        }
    }
}
