using LinearScaling.Compute;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Progress;

/// <summary>A run's plan as a person reads it, before the first step.</summary>
internal static class PlanText
{
    public static string Format(RunPlan plan, ComputeDevice compute)
    {
        var run = plan.Run;
        var memory = plan.Memory;
        return $"""
            {run.Architecture} {run.Size}: {run.Parameters.Total:N0} parameters, {run.Parameters.NonEmbedding:N0} of them non-embedding
              data     {run.Tokenizer} tokens, {run.SeqLen:N0} a sequence, fingerprint {run.DataFingerprint}
              horizon  {plan.Steps:N0} steps of {run.TokensPerStep:N0} tokens: {Units.Count(
                plan.Tokens
            )} tokens, {plan.Flops:0.00e0} FLOPs (exact{ByThePaper(plan)})
              memory   about {Units.Bytes(memory.Total)}: weights {Units.Bytes(
                memory.Weights + memory.Masters
            )}, gradients {Units.Bytes(memory.Gradients)}, moments {Units.Bytes(
                memory.Moments
            )}, activations {Units.Bytes(memory.Activations)}, working {Units.Bytes(memory.Working)}; {(
                plan.AvailableMemory == long.MaxValue
                    ? "free device memory is not known"
                    : Units.Bytes(plan.AvailableMemory) + " free"
            )}
              time     about {Units.Duration(
                plan.EstimatedSeconds
            )} at {RunPlan.AssumedUtilisation:P0} of the {plan.PeakFlops
                / 1e9:N0} GFLOP/s measured on {compute.Description}, {run.DType}, {run.Threads} {(
                run.Threads == 1 ? "thread" : "threads"
            )}
            """;
    }

    private static string ByThePaper(RunPlan plan) =>
        plan.Run.FlopsPerToken.TryGetValue(Flops.Paper, out var perToken)
            ? $"; {perToken * plan.Tokens:0.00e0} by the paper's count"
            : "";
}
