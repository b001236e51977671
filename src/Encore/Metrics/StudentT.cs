namespace Encore.Metrics;

/// <summary>Student's t distribution through the regularised incomplete beta function.</summary>
internal static class StudentT
{
    /// <summary>P(|T| ≥ |t|) for <paramref name="degrees"/> degrees of freedom.</summary>
    public static double TwoSided(double t, double degrees)
    {
        // A ratio whose square neither overflows nor vanishes beside 1, for either size of t.
        double ratio = Math.Abs(t) / Math.Sqrt(degrees), inverse = 1 / ratio;
        return ratio <= 1
            ? IncompleteBeta(1 / (1 + (ratio * ratio)), ratio * ratio / (1 + (ratio * ratio)), degrees / 2, 0.5)
            : IncompleteBeta(inverse * inverse / (1 + (inverse * inverse)), 1 / (1 + (inverse * inverse)), degrees / 2, 0.5);
    }

    /// <summary>The t that |T| exceeds with a probability in (0, 1).</summary>
    public static double Quantile(double twoSided, double degrees)
    {
        double low = 0, high = 1;
        while (TwoSided(high, degrees) > twoSided)
        {
            high *= 2;
        }

        // Sixty halvings leave no digit open.
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = TwoSided(middle, degrees) > twoSided ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    // I_x(a, b) by its continued fraction (Lentz's method), DLMF 8.17.22. Takes y = 1 − x too: the difference would lose
    // the digits of a small one.
    private static double IncompleteBeta(double x, double y, double a, double b)
    {
        if (x == 0 || y == 0)
        {
            return x;
        }

        // The fraction converges fast on one side of the mean; the other is its mirror image.
        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - IncompleteBeta(y, x, b, a);
        }

        double front = Math.Exp((a * Math.Log(x)) + (b * Math.Log(y)) - LogBeta(a, b)) / a;
        const double Tiny = 1e-300;
        double c = 1, d = 1 / NotZero(1 - ((a + b) * x / (a + 1)), Tiny), fraction = d;
        for (int m = 1; m <= 500; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / NotZero(1 + (even * d), Tiny);
            c = NotZero(1 + (even / c), Tiny);
            fraction *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (odd * d), Tiny);
            c = NotZero(1 + (odd / c), Tiny);
            fraction *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15)
            {
                break;
            }
        }

        return front * fraction;
    }

    private static double NotZero(double value, double tiny) => Math.Abs(value) < tiny ? tiny : value;

    private static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    // Stirling's series after a shift to x ≥ 10 (DLMF 5.11.1): error below 1e-14.
    private static double LogGamma(double x)
    {
        double shift = 0;
        for (; x < 10; x++)
        {
            shift -= Math.Log(x);
        }

        double inverse = 1 / x, square = inverse * inverse;
        double series = inverse * ((1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square * ((1.0 / 1680)
            - (square * ((1.0 / 1188) - (square * 691.0 / 360360))))))))));
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series;
    }
}
