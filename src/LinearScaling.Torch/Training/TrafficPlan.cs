using LinearScaling.Torch.Configuration;

namespace LinearScaling.Torch.Training;

/// <summary>Bytes that each of several devices sends in a step, by purpose.</summary>
/// <param name="Gradients">Sums of gradients, fp32 whatever the model computes in.</param>
/// <param name="Parameters">Updated parameters, in their own type, where each device updates its slice.</param>
/// <param name="Sequences">States, or keys and values, where devices share sequences.</param>
public sealed record TrafficPlan(double Gradients, double Parameters, double Sequences)
{
    public double Total => Gradients + Parameters + Sequences;

    /// <param name="bytes">Bytes of an element the model computes in: 4 or 2.</param>
    /// <param name="devices">As many as divide a step.</param>
    public static TrafficPlan For(RunConfig config, int bytes, int devices)
    {
        var specs = config.Model.Parameters();
        var total = (double)specs.Sum(s => s.Count);
        var matrices = (double)specs.Where(s => s.Decay).Sum(s => s.Count);
        var others = (devices - 1.0) / devices; // what a device sends of a buffer that all have
        var shard = config.Train.Shard == Sharding.Optimizer;
        return new(
            Gradients: others * 4 * total * (shard ? 1 : 2),
            Parameters: shard ? others * (bytes * matrices + 4 * (total - matrices)) : 0,
            Sequences: SequenceBytes(config, bytes, devices)
        );
    }

    private static double SequenceBytes(RunConfig config, int bytes, int devices)
    {
        var stretches = config.Train.SequenceParallel;
        if (stretches == 1)
            return 0;
        var state = config.Model.State;
        var sequences = (double)config.Train.BatchTokens / config.Data.SeqLen * stretches / devices;
        var forward = config.Train.Recompute == Recompute.Full ? 2 : 1; // once more, to compute a block again
        var tokens = Math.Ceiling((double)config.Data.SeqLen / stretches);
        var recurrent = 4.0 * (state.Mixers * (forward + 1) + state.Entry * 2);
        var keyValue = tokens * state.KeyValue * (bytes * forward + 4.0);
        return sequences * (stretches - 1) * (recurrent + keyValue);
    }
}
