using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests;

public sealed class BoundedCacheTests
{
    [Fact]
    public void What_is_used_stays_and_what_is_not_is_forgotten()
    {
        var made = new List<int>();
        var cache = new BoundedCache<int, string>(10);
        for (var i = 0; i < 100; i++)
        {
            cache.GetOrAdd(0, made, Make);
            cache.GetOrAdd(i, made, Make);
        }

        Assert.Single(made, 0);
        cache.GetOrAdd(1, made, Make);
        Assert.Equal(2, made.Count(key => key == 1));
    }

    [Fact]
    public void A_failure_is_not_kept()
    {
        var cache = new BoundedCache<int, string>(10);
        Assert.Throws<InvalidDataException>(() => cache.GetOrAdd(1, 0, (_, _) => throw new InvalidDataException()));
        Assert.Equal("x", cache.GetOrAdd(1, 0, (_, _) => "x"));
    }

    private static string Make(int key, List<int> made)
    {
        made.Add(key);
        return $"{key}";
    }
}
