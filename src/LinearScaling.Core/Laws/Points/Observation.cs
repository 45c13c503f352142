using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Laws.Points;

/// <summary>One measurement a law is fitted to. What a form does not use may be NaN.</summary>
/// <param name="N">Parameters.</param>
/// <param name="D">Training tokens.</param>
/// <param name="C">Training FLOPs.</param>
/// <param name="X">The variable of one-variable forms: C unless another one was chosen.</param>
/// <param name="U">What links (sigmoid, exponential) see of X: ln X for amounts such as compute, X itself for
/// losses.</param>
/// <param name="Y">The metric.</param>
/// <param name="Weight">Weight of its residual.</param>
/// <param name="Cluster">Index of the run it comes from: the bootstrap draws runs, not points.</param>
public readonly record struct Observation(
    double N,
    double D,
    double C,
    double X,
    double U,
    double Y,
    double Weight,
    int Cluster
)
{
    // Logarithms are kept beside the values: fits read them millions of times.
    public double N
    {
        get;
        init
        {
            field = value;
            LogN = Math.Log(value);
        }
    } = N;

    public double D
    {
        get;
        init
        {
            field = value;
            LogD = Math.Log(value);
        }
    } = D;

    public double X
    {
        get;
        init
        {
            field = value;
            LogX = Math.Log(value);
        }
    } = X;

    public double Y
    {
        get;
        init
        {
            field = value;
            LogY = Math.Log(value);
        }
    } = Y;

    public double LogN { get; private init; } = Math.Log(N);

    public double LogD { get; private init; } = Math.Log(D);

    public double LogX { get; private init; } = Math.Log(X);

    public double LogY { get; private init; } = Math.Log(Y);

    /// <summary>What a reader finds it by: a run, or a row of the table, as <c>row 12</c>.</summary>
    public string Label { get; init; } = "";

    /// <summary>The compute budget that it was planned with, in FLOPs; NaN where none was named.</summary>
    public double Budget { get; init; } = double.NaN;

    /// <summary>Its place on its run's schedule, which laws of whole curves read; null elsewhere.</summary>
    public SchedulePoint? Schedule { get; init; }

    /// <summary>Values of further columns that a form asked for, in its order.</summary>
    public double[] Others
    {
        get;
        init
        {
            field = value;
            LogOthers = value.Length == 0 ? [] : Array.ConvertAll(value, Math.Log);
        }
    } = [];

    public double[] LogOthers { get; private init; } = [];

    /// <summary>A point of L(N, D) with C = 6 N D.</summary>
    public static Observation At(double n, double d, double y, int cluster = 0) =>
        new(n, d, 6 * n * d, 6 * n * d, Math.Log(6 * n * d), y, 1, cluster);

    /// <summary>A point of y(C), seen by links as ln C.</summary>
    public static Observation OfCompute(double flops, double y, int cluster = 0) =>
        new(double.NaN, double.NaN, flops, flops, Math.Log(flops), y, 1, cluster);

    /// <summary>A point of y(x), seen by links as x itself.</summary>
    public static Observation OfX(double x, double y, int cluster = 0) =>
        new(double.NaN, double.NaN, double.NaN, x, x, y, 1, cluster);
}
