using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Torch.Training;

/// <summary>One figure of a run that is known from its configuration alone.</summary>
/// <param name="Name">What it is, in snake_case.</param>
/// <param name="Value">A whole number of <paramref name="Unit"/>, or FLOPs.</param>
public sealed record PlanFigure(string Name, double Value, string Unit);

/// <summary>What a run's model is and costs, as arithmetic: nothing is allocated or measured.</summary>
public static class PlanFigures
{
    /// <remarks>An element type of <c>auto</c> counts as bf16; inference is at the end of a sequence.</remarks>
    /// <param name="devices">Devices that the run is divided among; memory and bytes sent are those of one.</param>
    public static IReadOnlyList<PlanFigure> List(RunConfig config, int devices = 1)
    {
        var (model, seqLen) = (config.Model, config.Data.SeqLen);
        var bytes = config.Train.Dtype == Precision.Fp32 ? 4 : 2;
        var counts = model.Counts();
        var memory = MemoryPlan.For(config, bytes, devices);
        var flops = model.FlopsPerToken(seqLen);
        return
        [
            new("parameters_embedding", counts.Embedding, "parameters"),
            new("parameters_non_embedding", counts.NonEmbedding, "parameters"),
            new("parameters_total", counts.Total, "parameters"),
            new("seq_len", seqLen, "tokens"),
            new("tokens_per_step", config.Train.BatchTokens, "tokens"),
            .. flops.Select(f => new PlanFigure($"flops_per_token_{f.Key}", f.Value, "FLOPs")),
            .. flops.Select(f => new PlanFigure(
                $"flops_per_step_{f.Key}",
                f.Value * config.Train.BatchTokens,
                "FLOPs"
            )),
            new("inference_flops_per_token", ModelFlops.Inference(model, seqLen - 1), "FLOPs"),
            new("state_bytes", model.State.RecurrentBytes, "bytes"),
            new("kv_cache_bytes", model.State.KeyValueBytes(seqLen, bytes), "bytes"),
            new("training_memory_weights", memory.Weights, "bytes"),
            new("training_memory_masters", memory.Masters, "bytes"),
            new("training_memory_gradients", memory.Gradients, "bytes"),
            new("training_memory_moments", memory.Moments, "bytes"),
            new("training_memory_activations", memory.Activations, "bytes"),
            new("training_memory_working", memory.Working, "bytes"),
            new("training_memory_total", memory.Total, "bytes"),
            .. devices == 1 ? [] : Traffic(TrafficPlan.For(config, bytes, devices), devices),
        ];
    }

    private static PlanFigure[] Traffic(TrafficPlan traffic, int devices) =>
        [
            new("devices", devices, "devices"),
            new("sent_per_step_gradients", traffic.Gradients, "bytes"),
            new("sent_per_step_parameters", traffic.Parameters, "bytes"),
            new("sent_per_step_sequences", traffic.Sequences, "bytes"),
            new("sent_per_step_total", traffic.Total, "bytes"),
        ];
}
