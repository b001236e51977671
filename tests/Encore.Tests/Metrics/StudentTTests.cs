using Encore.Metrics;
using FsCheck.Xunit;

namespace Encore.Tests.Metrics;

public sealed class StudentTTests
{
    // SciPy 1.10.1: 2 * scipy.stats.t.sf(abs(t), df). The last is 2/(πt), the limit of one degree of freedom.
    [Theory]
    [InlineData(0, 5, 1)]
    [InlineData(0.5, 1, 0.7048327646991336)]
    [InlineData(1, 1, 0.5)]
    [InlineData(12.706204736174698, 1, 0.05)]
    [InlineData(1e6, 1, 6.366197723673691e-07)]
    [InlineData(-2.5, 2, 0.1296117202215108)]
    [InlineData(1e3, 2, 9.999985000025e-07)]
    [InlineData(2, 3, 0.1393259685588431)]
    [InlineData(40, 4, 2.3340163226012694e-06)]
    [InlineData(2.228138851986273, 10, 0.05)]
    [InlineData(5, 29, 2.5366315735423254e-05)]
    [InlineData(38, 1e4, 2.896601069771873e-295)]
    [InlineData(1e-3, 1e5, 0.9992021175668877)]
    [InlineData(1.96, 1e6, 0.04999606758526978)]
    [InlineData(1e-7, 3, 0.9999999264894806)]
    [InlineData(1e100, 1, 6.366197723675814e-101)]
    public void TwoSided_Reference_Agrees(double t, double degrees, double expected)
    {
        double p = StudentT.TwoSided(t, degrees);
        (Math.Abs(p - expected) / expected).ShouldBeLessThan(degrees > 1e3 ? 1e-8 : 1e-12);
    }

    // SciPy 1.10.1: scipy.stats.t.ppf(1 - p / 2, df).
    [Theory]
    [InlineData(0.05, 1, 12.706204736432095)]
    [InlineData(0.05, 2, 4.302652729911275)]
    [InlineData(0.05, 4, 2.7764451051977987)]
    [InlineData(0.05, 30, 2.0422724563012373)]
    [InlineData(0.01, 9, 3.2498355440153697)]
    [InlineData(0.5, 3, 0.764892328080891)]
    [InlineData(0.001, 2, 31.599054577041514)]
    public void Quantile_Reference_Agrees(double p, double degrees, double expected) =>
        (StudentT.Quantile(p, degrees) / expected).ShouldBe(1, 1e-9);

    [Fact]
    public void TwoSided_TinyT_KeepsItsDigits() =>
        // 1 − p = 2t·f(0) + O(t³), f(0) = 2/(π√3) for 3 degrees: 7.3510519e-10 at t = 1e-9.
        (1 - StudentT.TwoSided(1e-9, 3)).ShouldBe(7.3510519e-10, 1e-15);

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]
    public void TwoSided_BeyondTheTail_IsZero(double t) => StudentT.TwoSided(t, 9).ShouldBe(0);

    [Property]
    public void TwoSided_OneAndTwoDegrees_AreTheClosedForms(short raw)
    {
        double t = raw / 100.0;
        StudentT.TwoSided(t, 1).ShouldBe(1 - (2 / Math.PI * Math.Atan(Math.Abs(t))), 1e-13);
        StudentT.TwoSided(t, 2).ShouldBe(1 - (Math.Abs(t) / Math.Sqrt(2 + (t * t))), 1e-13);
        StudentT.TwoSided(-t, 7).ShouldBe(StudentT.TwoSided(t, 7));
    }
}
