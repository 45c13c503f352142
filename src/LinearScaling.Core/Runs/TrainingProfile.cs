namespace LinearScaling.Runs;

/// <summary>Where the time of a run's steps went: <c>profile.json</c>.</summary>
/// <param name="Steps">Steps measured; the first of a process is not, since it warms up.</param>
/// <param name="SecondsPerStep">Mean time of a step, saving included.</param>
/// <param name="Phases">Seconds per step by phase.</param>
/// <param name="Kinds"> Seconds per step by kind: matrix products; token mixer operators (softmax attention, or a
/// chunked linear one with all that it calls, products too); the optimizer; fused kernels, in managed code; other
/// operators of libtorch; saving; and what is outside of operators: calls, bookkeeping, waiting for data. Empty where
/// libtorch does not tell. </param>
/// <param name="Operators">Every operator of libtorch and every fused kernel: calls and seconds per step, longest
/// first.</param>
/// <param name="LiveTensors">Tensors alive at the end of the first and of the last step measured: equal when nothing
/// leaks.</param>
public sealed record TrainingProfile(
    int Steps,
    double SecondsPerStep,
    IReadOnlyDictionary<string, double> Phases,
    IReadOnlyDictionary<string, double> Kinds,
    IReadOnlyList<OperatorTime> Operators,
    IReadOnlyList<long> LiveTensors
);

/// <summary>One operator of libtorch.</summary>
/// <param name="Calls">Calls per step.</param>
/// <param name="Seconds">Seconds per step, without the operators it calls.</param>
public sealed record OperatorTime(string Name, double Calls, double Seconds);
