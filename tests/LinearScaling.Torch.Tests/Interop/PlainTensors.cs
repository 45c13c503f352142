using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>Arithmetic on arrays with nothing but loops: what a layout's forward pass is checked against.</summary>
internal static class PlainTensors
{
    /// <summary>Reads every tensor of a foreign checkpoint as doubles, row-major.</summary>
    public static Dictionary<string, double[]> Read(string path)
    {
        using var scope = NewDisposeScope();
        using var file = Safetensors.Open(path);
        return file.Entries.ToDictionary(
            e => e.Name,
            e => file.Read(e.Name).to(ScalarType.Float64).data<double>().ToArray()
        );
    }

    /// <summary>y = W x for W [rows, x.Length] that begins at row <paramref name="from"/> of a larger matrix.</summary>
    public static double[] Times(double[] matrix, double[] x, int from, int rows)
    {
        var y = new double[rows];
        for (var r = 0; r < rows; r++)
        for (var c = 0; c < x.Length; c++)
            y[r] += matrix[(from + r) * x.Length + c] * x[c];
        return y;
    }

    public static double[] Times(double[] matrix, double[] x) => Times(matrix, x, 0, matrix.Length / x.Length);

    public static double[] Rms(double[] x, double[]? gain, double eps)
    {
        var root = Math.Sqrt(x.Sum(v => v * v) / x.Length + eps);
        return [.. x.Select((v, i) => v / root * (gain?[i] ?? 1))];
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Silu(double x) => x * Sigmoid(x);

    public static double[] Plus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    public static double[] Map(double[] a, double[] b, Func<double, double, double> f) => [.. a.Zip(b, f)];

    public static double[] Row(double[] matrix, int row, int width) => matrix[(row * width)..((row + 1) * width)];
}
