namespace LinearScaling.Laws.Numerics;

/// <summary>Factorisation of the few-by-few symmetric matrices that fits meet thousands of times.</summary>
internal static class SmallMatrix
{
    /// <summary>Lower Cholesky factor of <paramref name="a"/>, its diagonal raised as little as is needed.</summary>
    public static double[,] Cholesky(double[,] a)
    {
        var n = a.GetLength(0);
        for (var ridge = 1e-14; ; ridge = ridge * 100 + double.Epsilon)
        {
            var l = new double[n, n];
            var ok = true;
            for (var i = 0; i < n && ok; i++)
            for (var j = 0; j <= i && ok; j++)
            {
                var sum = i == j ? a[i, i] * (1 + ridge) + ridge * 1e-14 : a[i, j];
                for (var k = 0; k < j; k++)
                    sum -= l[i, k] * l[j, k];
                ok = i != j || sum > 0 || ridge > 1e12;
                l[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-300)) : sum / l[j, j];
            }
            if (ok)
                return l;
        }
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
}
