using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Model;

/// <summary>How the members of enums are written in the database: readable, and free of the order and the names of C# members. Never change one, add.</summary>
internal static class StoredNames
{
    public static string Of(InstanceStatus status) => status switch
    {
        InstanceStatus.Running => "running",
        InstanceStatus.Finished => "finished",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "It has no stored name yet."),
    };

    public static InstanceStatus ToInstanceStatus(string name) => name switch
    {
        "running" => InstanceStatus.Running,
        "finished" => InstanceStatus.Finished,
        _ => throw Unknown(name),
    };

    public static string Of(InstanceSubStatus status) => status switch
    {
        InstanceSubStatus.Pending => "pending",
        InstanceSubStatus.Executing => "executing",
        InstanceSubStatus.Suspended => "suspended",
        InstanceSubStatus.Finished => "finished",
        InstanceSubStatus.Cancelled => "cancelled",
        InstanceSubStatus.Faulted => "faulted",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "It has no stored name yet."),
    };

    public static InstanceSubStatus ToInstanceSubStatus(string name) => name switch
    {
        "pending" => InstanceSubStatus.Pending,
        "executing" => InstanceSubStatus.Executing,
        "suspended" => InstanceSubStatus.Suspended,
        "finished" => InstanceSubStatus.Finished,
        "cancelled" => InstanceSubStatus.Cancelled,
        "faulted" => InstanceSubStatus.Faulted,
        _ => throw Unknown(name),
    };

    public static string Of(BookmarkStatus status) => status switch
    {
        BookmarkStatus.Open => "open",
        BookmarkStatus.Consumed => "consumed",
        BookmarkStatus.Burned => "burned",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "It has no stored name yet."),
    };

    public static BookmarkStatus ToBookmarkStatus(string name) => name switch
    {
        "open" => BookmarkStatus.Open,
        "consumed" => BookmarkStatus.Consumed,
        "burned" => BookmarkStatus.Burned,
        _ => throw Unknown(name),
    };

    public static string Of(MeteredCallStatus status) => status switch
    {
        MeteredCallStatus.Open => "open",
        MeteredCallStatus.Settled => "settled",
        MeteredCallStatus.Failed => "failed",
        MeteredCallStatus.Discarded => "discarded",
        MeteredCallStatus.Unused => "unused",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "It has no stored name yet."),
    };

    public static MeteredCallStatus ToMeteredCallStatus(string name) => name switch
    {
        "open" => MeteredCallStatus.Open,
        "settled" => MeteredCallStatus.Settled,
        "failed" => MeteredCallStatus.Failed,
        "discarded" => MeteredCallStatus.Discarded,
        "unused" => MeteredCallStatus.Unused,
        _ => throw Unknown(name),
    };

    private static StoreCorruptException Unknown(string name) => new($"The stored status '{name}' is none that this version knows.");
}
