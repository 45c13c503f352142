using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Native;
using LinearScaling.Torch.Training;

namespace LinearScaling.Tests.Torch.Training;

public class MemoryPlanTests
{
    private const int Tokens = 512;

    /// <summary>Compared with the large tensors that are alive once a block has run; LLaMA's plan leaves room for
    /// silu's value, which the kernel on the CPU takes along.</summary>
    [Theory]
    [MemberData(nameof(Models.Types), MemberType = typeof(Models))]
    public void A_blocks_graph_keeps_what_the_plan_counts(string architecture, bool bf16)
    {
        using var scope = NewDisposeScope();
        var (type, bytes) = (bf16 ? ScalarType.BFloat16 : ScalarType.Float32, bf16 ? 2 : 4);
        var config = Config(architecture, numLayers: 2);
        using var model = config.Build(type, CPU);
        model.Parameters.Initialize(1);
        using var ids = randint(config.VocabSize, [1, Tokens]);
        var x = model.Block(0, model.Embed(ids).detach().requires_grad_());
        Collect(); // what other tests left behind
        TensorPool.ResetPeak(); // their blocks too: one that is a little larger counts as a whole

        Assert.SkipWhen(TensorPool.LiveBytes is null, "needs the pool, which counts");
        var before = TensorPool.LiveBytes!.Value;
        var y = model.Block(1, x);
        Collect(); // what the block dropped, and only a finalizer frees
        var kept = TensorPool.LiveBytes!.Value - before;
        GC.KeepAlive(y);

        long Planned(int layers) =>
            MemoryPlan.For(Config(architecture, layers), Tokens, 1, bytes, Recompute.None).Activations;
        Assert.InRange((double)kept / (Planned(3) - Planned(2)), architecture == "llama" ? 0.8 : 0.97, 1.03);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static ModelConfig Config(string architecture, int numLayers) =>
        Models.Config(architecture, hiddenSize: 256, numLayers, intermediateSize: 768, vocabSize: 512);
}
