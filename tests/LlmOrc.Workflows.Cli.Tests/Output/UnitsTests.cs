using LlmOrc.Workflows.Cli.Output;
using Xunit;

namespace LlmOrc.Workflows.Tests.Output;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(-1, "0.0 s")]
    [InlineData(0.04, "0.0 s")]
    [InlineData(3.14, "3.1 s")]
    [InlineData(9.96, "9 s")]
    [InlineData(59.99, "59 s")]
    [InlineData(60, "1 min 00 s")]
    [InlineData(3599, "59 min 59 s")]
    [InlineData(3600, "1 h 00 min")]
    [InlineData(90000, "1 d 1 h")]
    public void A_duration_is_as_exact_as_it_matters(double seconds, string expected) => Assert.Equal(expected, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("0", "$0")]
    [InlineData("0.00001", "<$0.0001")]
    [InlineData("0.0012", "$0.0012")]
    [InlineData("0.05", "$0.05")]
    [InlineData("0.126", "$0.13")]
    [InlineData("1234.5", "$1,234.50")]
    public void A_cost_keeps_the_digits_that_say_something(string dollars, string expected) =>
        Assert.Equal(expected, Units.Cost(decimal.Parse(dollars, System.Globalization.CultureInfo.InvariantCulture)));
}
