namespace LinearScaling.Laws.Numerics;

/// <summary>Eigenvalues and eigenvectors of small symmetric matrices, by cyclic Jacobi rotations.</summary>
internal static class SymmetricEigen
{
    private const int Sweeps = 60; // few are needed: the off-diagonal shrinks quadratically

    /// <returns>Eigenvalues from the largest down, and a unit vector for each.</returns>
    public static (double[] Values, double[][] Vectors) Decompose(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var a = (double[,])matrix.Clone();
        var vectors = new double[n][]; // row k ends as the eigenvector of a[k, k]
        for (var k = 0; k < n; k++)
            (vectors[k] = new double[n])[k] = 1;
        for (var sweep = 0; sweep < Sweeps && !IsDiagonal(a); sweep++)
        for (var p = 0; p < n; p++)
        for (var q = p + 1; q < n; q++)
            if (a[p, q] != 0)
                Rotate(a, vectors, p, q);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(k => a[k, k])];
        return ([.. order.Select(k => a[k, k])], [.. order.Select(k => vectors[k])]);
    }

    private static bool IsDiagonal(double[,] a)
    {
        double off = 0,
            all = 0;
        for (var p = 0; p < a.GetLength(0); p++)
        for (var q = 0; q < a.GetLength(0); q++)
        {
            all += a[p, q] * a[p, q];
            off += p == q ? 0 : a[p, q] * a[p, q];
        }
        return off <= 1e-34 * all;
    }

    /// <summary>The rotation of axes p and q that makes a[p, q] zero.</summary>
    private static void Rotate(double[,] a, double[][] vectors, int p, int q)
    {
        var half = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var t = (half >= 0 ? 1 : -1) / (Math.Abs(half) + Math.Sqrt(half * half + 1));
        var c = 1 / Math.Sqrt(t * t + 1);
        var s = t * c;
        for (var k = 0; k < vectors.Length; k++)
            (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
        for (var k = 0; k < vectors.Length; k++)
        {
            (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
            (vectors[p][k], vectors[q][k]) = (
                c * vectors[p][k] - s * vectors[q][k],
                s * vectors[p][k] + c * vectors[q][k]
            );
        }
        a[p, q] = a[q, p] = 0;
    }
}
