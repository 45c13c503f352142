using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Torch.Training;

/// <summary>What a run trains: the model, its gradients and the optimizer that turns the second into the
/// first.</summary>
public sealed class Learner : IDisposable
{
    /// <summary>Allocates all three; nothing is initialised yet.</summary>
    /// <param name="ranks">Who trains the same model; null: this process alone.</param>
    public Learner(RunConfig config, ScalarType dtype, Device device, ICollectives? ranks = null)
    {
        var shard = config.Train.Shard == Sharding.Optimizer;
        Model = config.Model.Build(dtype, device);
        Optimizer = new AdamW(Model.Parameters, config.Train.Optimizer, ranks, shard);
        Gradients = new GradientBuffers(Model.Parameters, ranks, shard);
    }

    public LanguageModel Model { get; }

    public AdamW Optimizer { get; }

    public GradientBuffers Gradients { get; }

    /// <summary>The first weights, a function of the seed.</summary>
    public void Initialize(ulong seed)
    {
        random.manual_seed((long)seed); // nothing draws from it yet, but its state is part of every checkpoint
        Model.Parameters.Initialize(seed);
        Optimizer.CopyParametersToMasters();
    }

    public void Dispose()
    {
        Gradients.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
    }
}
