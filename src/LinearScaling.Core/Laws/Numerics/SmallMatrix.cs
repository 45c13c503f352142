namespace LinearScaling.Laws.Numerics;

/// <summary>Factorisation of the few-by-few symmetric matrices that fits meet thousands of times.</summary>
internal static class SmallMatrix
{
    /// <summary>Lower Cholesky factor of <paramref name="a"/>, its diagonal raised as little as is needed.</summary>
    public static double[,] Cholesky(double[,] a)
    {
        for (var ridge = 1e-14; ; ridge = ridge * 100 + double.Epsilon)
            if (Factor(a, ridge, ridge * 1e-14, always: ridge > 1e12) is { } l)
                return l;
    }

    /// <summary>Lower Cholesky factor of <paramref name="a"/> as it is; null where it is not positive
    /// definite.</summary>
    public static double[,]? Definite(double[,] a) => Factor(a, 0, 0, always: false);

    /// <summary>L^-1 A L^-T of a symmetric A.</summary>
    public static double[,] Whiten(double[,] l, double[,] a)
    {
        var n = a.GetLength(0);
        var half = new double[n, n]; // row j is L^-1 times column j of A, so that a second pass does the other side
        var result = new double[n, n];
        void Pass(double[,] from, double[,] to)
        {
            for (var j = 0; j < n; j++)
            {
                var solved = SolveLower(l, [.. Enumerable.Range(0, n).Select(i => from[i, j])]);
                for (var i = 0; i < n; i++)
                    to[j, i] = solved[i];
            }
        }
        Pass(a, half);
        Pass(half, result);
        return result;
    }

    /// <summary>Copies what lies below the diagonal above it.</summary>
    public static void Mirror(double[,] a)
    {
        for (var j = 0; j < a.GetLength(0); j++)
        for (var k = 0; k < j; k++)
            a[k, j] = a[j, k];
    }

    /// <summary>Solves (L L^T) x = b.</summary>
    public static double[] Solve(double[,] l, ReadOnlySpan<double> b) => SolveTransposed(l, SolveLower(l, b));

    /// <summary>Solves L^T x = b.</summary>
    public static double[] SolveTransposed(double[,] l, ReadOnlySpan<double> b)
    {
        var n = b.Length;
        var x = new double[n];
        for (var i = n - 1; i >= 0; i--)
        {
            var sum = b[i];
            for (var k = i + 1; k < n; k++)
                sum -= l[k, i] * x[k];
            x[i] = sum / l[i, i];
        }
        return x;
    }

    /// <summary>Solves L x = b.</summary>
    public static double[] SolveLower(double[,] l, ReadOnlySpan<double> b)
    {
        var n = b.Length;
        var x = new double[n];
        for (var i = 0; i < n; i++)
        {
            var sum = b[i];
            for (var k = 0; k < i; k++)
                sum -= l[i, k] * x[k];
            x[i] = sum / l[i, i];
        }
        return x;
    }

    /// <summary>Lower Cholesky factor of <paramref name="a"/> with its diagonal times 1 + ridge, plus the floor where
    /// it is not positive; null where that is not positive definite, unless it is to be given always.</summary>
    private static double[,]? Factor(double[,] a, double ridge, double floor, bool always)
    {
        var n = a.GetLength(0);
        var l = new double[n, n];
        for (var i = 0; i < n; i++)
        for (var j = 0; j <= i; j++)
        {
            // Any size is a scale of its own, as of a constant of 1e43, but for none.
            var sum =
                i != j ? a[i, j]
                : a[i, i] > 0 ? a[i, i] * (1 + ridge)
                : a[i, i] * (1 + ridge) + floor;
            for (var k = 0; k < j; k++)
                sum -= l[i, k] * l[j, k];
            if (i == j && !(sum > 0) && !always)
                return null;
            l[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-300)) : sum / l[j, j];
        }
        return l;
    }
}
