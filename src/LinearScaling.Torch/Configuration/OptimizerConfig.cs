using LinearScaling.Configuration;

namespace LinearScaling.Torch.Configuration;

/// <summary>AdamW (decoupled weight decay, arXiv:1711.05101).</summary>
/// <param name="PeakLr">Learning rate that the schedule multiplies.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Eps">Added to the root of the second moment.</param>
/// <param name="WeightDecay">That of matrices.</param>
/// <param name="EmbeddingWeightDecay">That of embedding and head; when omitted, weight_decay.</param>
/// <param name="VectorWeightDecay">That of everything else: gains, biases, angles, bounds.</param>
public sealed record OptimizerConfig(
    [Positive] double PeakLr = 3e-4,
    [Range(0, 1)] double Beta1 = 0.9,
    [Range(0, 1)] double Beta2 = 0.95,
    [Positive] double Eps = 1e-8,
    [Range(0, 10)] double WeightDecay = 0.1,
    [Range(0, 10)] double? EmbeddingWeightDecay = null,
    [Range(0, 10)] double VectorWeightDecay = 0
);
