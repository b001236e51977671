namespace Encore.Runs.Tests;

/// <summary>Times and sizes as people write them.</summary>
public sealed class QuantityTests
{
    [Theory]
    [InlineData("20m", 1200)]
    [InlineData("1h30m", 5400)]
    [InlineData("45s", 45)]
    public void Duration_OfHoursMinutesAndSeconds_IsTheirSum(string text, double seconds) =>
        Quantity.Duration(text, "tune.time").TotalSeconds.ShouldBe(seconds);

    [Theory]
    [InlineData("8GB", 8_000_000_000)]
    [InlineData("500MB", 500_000_000)]
    public void Bytes_WithAUnit_IsThatMany(string text, long bytes) => Quantity.Bytes(text, "tune.memory").ShouldBe(bytes);
}
