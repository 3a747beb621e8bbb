using LlmOrc.Workflows.Storage;
using Xunit;

namespace LlmOrc.Workflows.Tests.Storage;

/// <summary>Who is taken for dead loses its runs: only who certainly is.</summary>
public sealed class ProcessOwnerTests
{
    private static readonly Owner Current = ProcessOwner.Current;

    private static string Boot => Current.BootId.Split('/')[0];

    public static TheoryData<Owner, bool> Owners => new()
    {
        { Current, false },
        { Current with { ProcessStart = Current.ProcessStart + 1 }, true },
        { Current with { ProcessId = int.MaxValue }, true },
        { Current with { BootId = "another-boot/pid:[1]" }, true },
        // Of a release that did not know of namespaces.
        { Current with { BootId = "another-boot" }, true },
        { Current with { BootId = Boot, ProcessId = int.MaxValue }, false },
        // In another container its process id means somebody else here, or nobody.
        { Current with { BootId = $"{Boot}/pid:[1]", ProcessId = int.MaxValue }, false },
        { Current with { BootId = $"{Boot}/pid:[1]" }, false },
        { Current with { Host = "elsewhere", ProcessId = int.MaxValue }, false },
    };

    [Theory]
    [MemberData(nameof(Owners))]
    public void Is_dead_where_that_is_certain(Owner owner, bool isDead) => Assert.Equal(isDead, ProcessOwner.IsDead(owner));

    [Fact]
    public void Knows_the_namespace_of_its_process_ids() => Assert.True(!OperatingSystem.IsLinux() || Current.BootId.Contains("/pid:[", StringComparison.Ordinal), Current.BootId);
}
