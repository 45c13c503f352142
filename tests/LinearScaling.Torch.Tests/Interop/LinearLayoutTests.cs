using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Interop;

namespace LinearScaling.Tests.Torch.Interop;

public class LinearLayoutTests
{
    private static readonly int[] Tokens = [1, 5, 2, 30, 17, 17, 4, 9, 22, 0, 11];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Fla_hgrn2_computes_what_its_layout_means(bool fusedMlp, bool tied)
    {
        using var source = FlaHgrn2(fusedMlp, tied).Write();
        var checkpoint = ModelImport.Run(source.Folder, source.Output, null, null).Checkpoint;
        AssertLogits(checkpoint, new PlainHgrn2(PlainTensors.Read(source.Folder), 24, 3, 8, Fla: true).Logits(Tokens));
    }

    [Fact]
    public void Hgru2_computes_what_its_layout_means()
    {
        using var source = new ForeignCheckpoint(
            new
            {
                architectures = Named("Hgrn2ForCausalLM"),
                model_type = "hgrn2",
                decoder_embed_dim = 24,
                decoder_layers = 3,
                expand_ratio = 8,
                glu_dim = 20,
                vocab_size = 31,
                max_position_embeddings = 64,
                tie_word_embeddings = false,
            },
            [
                ("model.embed_tokens.weight", [31, 24]),
                ("model.lower_bounds", [3, 24]),
                .. Layers(
                    3,
                    l =>
                        [
                            ($"model.layers.{l}.token_mixer.in_proj.weight", [72, 24]),
                            ($"model.layers.{l}.token_mixer.out_proj.weight", [24, 24]),
                            ($"model.layers.{l}.channel_mixer.l1.weight", [20, 24]),
                            ($"model.layers.{l}.channel_mixer.l2.weight", [20, 24]),
                            ($"model.layers.{l}.channel_mixer.l3.weight", [24, 20]),
                        ]
                ),
                ("lm_head.weight", [31, 24]),
            ]
        ).Write();
        var checkpoint = ModelImport.Run(source.Folder, source.Output, null, null).Checkpoint;
        AssertLogits(checkpoint, new PlainHgrn2(PlainTensors.Read(source.Folder), 24, 3, 8, Fla: false).Logits(Tokens));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hf_tnl_computes_what_its_layout_means(bool scaleEmbedding)
    {
        using var source = HfTnl(scaleEmbedding).Write();
        var checkpoint = ModelImport.Run(source.Folder, source.Output, null, 64).Checkpoint;
        AssertLogits(
            checkpoint,
            new PlainTnl(
                PlainTensors.Read(source.Folder),
                24,
                3,
                [1 / 16.0, 1 / 256.0, 1 / 4.0],
                scaleEmbedding
            ).Logits(Tokens)
        );
    }

    [Theory]
    [InlineData("fla-hgrn2", ScalarType.Float64)]
    [InlineData("fla-hgrn2", ScalarType.BFloat16)]
    [InlineData("hf-tnl", ScalarType.Float32)]
    [InlineData("hf-tnl", ScalarType.BFloat16)]
    public void An_imported_model_exports_to_the_same_tensors_and_values(string format, ScalarType dtype)
    {
        using var source = format == "hf-tnl" ? HfTnl(true) : FlaHgrn2(fusedMlp: false, tied: false);
        source.DType = dtype;
        source.Write();
        var checkpoint = ModelImport.Run(source.Folder, source.Output, null, 64).Checkpoint;
        ModelExport.Run(checkpoint, format, source.Elsewhere);
        var (expected, found) = (PlainTensors.Read(source.Folder), PlainTensors.Read(source.Elsewhere));
        Assert.Equal(expected.Keys.Order(), found.Keys.Order());
        foreach (var (name, values) in expected)
            Assert.Equal(values, found[name]);
    }

    [Fact]
    public void A_model_of_ours_with_another_output_epsilon_exports_to_fla_with_the_same_logits()
    {
        using var source = FlaHgrn2(fusedMlp: false, tied: false).Write();
        var checkpoint = ModelImport.Run(source.Folder, source.Output, null, null).Checkpoint;
        var card = File.ReadAllLines(checkpoint.ModelConfigFile);
        var epsilon = Array.FindIndex(card, l => l.StartsWith("  out_norm_eps: 8", StringComparison.Ordinal));
        card[epsilon] = "  out_norm_eps: null";
        File.WriteAllLines(checkpoint.ModelConfigFile, card);
        checkpoint.Complete(checkpoint.WeightsHash);
        ModelExport.Run(checkpoint, "fla-hgrn2", source.Elsewhere);
        AssertLogits(
            checkpoint,
            new PlainHgrn2(PlainTensors.Read(source.Elsewhere), 24, 3, 8, Fla: true).Logits(Tokens)
        );
    }

    private static ForeignCheckpoint FlaHgrn2(bool fusedMlp, bool tied) =>
        new(
            new
            {
                architectures = Named("HGRN2ForCausalLM"),
                model_type = "hgrn2",
                hidden_size = 24,
                num_hidden_layers = 3,
                expand_ratio = 8,
                intermediate_size = 20,
                vocab_size = 31,
                max_position_embeddings = 64,
                norm_eps = 1e-6,
                tie_word_embeddings = tied,
            },
            [
                ("model.embeddings.weight", [31, 24]),
                ("model.lower_bounds", [3, 24]),
                .. Layers(
                    3,
                    l =>
                        [
                            ($"model.layers.{l}.attn_norm.weight", [24]),
                            ($"model.layers.{l}.attn.q_proj.weight", [24, 24]),
                            ($"model.layers.{l}.attn.f_proj.weight", [24, 24]),
                            ($"model.layers.{l}.attn.i_proj.weight", [24, 24]),
                            ($"model.layers.{l}.attn.g_norm.weight", [24]),
                            ($"model.layers.{l}.attn.o_proj.weight", [24, 24]),
                            ($"model.layers.{l}.mlp_norm.weight", [24]),
                            ($"model.layers.{l}.mlp.gate_proj.weight", [fusedMlp ? 40 : 20, 24]),
                            .. fusedMlp
                                ? Array.Empty<(string, long[])>()
                                : [($"model.layers.{l}.mlp.up_proj.weight", [20, 24])],
                            ($"model.layers.{l}.mlp.down_proj.weight", [24, 20]),
                        ]
                ),
                ("model.norm.weight", [24]),
                .. tied ? Array.Empty<(string, long[])>() : [("lm_head.weight", [31, 24])],
            ]
        );

    private static ForeignCheckpoint HfTnl(bool scaleEmbedding) =>
        new(
            new
            {
                architectures = Named("TransnormerForCausalLM"),
                model_type = "transnormer",
                decoder_embed_dim = 24,
                hidden_dim = 24,
                decoder_layers = 3,
                decoder_attention_heads = 3,
                glu_dim = 20,
                vocab_size = 31,
                no_scale_embedding = !scaleEmbedding,
                norm_type = "simplermsnorm",
                linear_act_fun = "swish",
            },
            [
                ("model.embed_tokens.weight", [31, 24]),
                ("model.layers.0.token_mixer.lrpe.theta", [3, 1, 8]),
                .. Layers(
                    3,
                    l =>
                        [
                            ($"model.layers.{l}.token_mixer.qkvu_proj.weight", [96, 24]),
                            ($"model.layers.{l}.token_mixer.out_proj.weight", [24, 24]),
                            ($"model.layers.{l}.channel_mixer.l1.weight", [20, 24]),
                            ($"model.layers.{l}.channel_mixer.l2.weight", [20, 24]),
                            ($"model.layers.{l}.channel_mixer.l3.weight", [24, 20]),
                        ]
                ),
            ]
        );

    private static string[] Named(string architecture) => [architecture];

    private static IEnumerable<(string, long[])> Layers(int count, Func<int, (string, long[])[]> layer) =>
        Enumerable.Range(0, count).SelectMany(layer);

    private static void AssertLogits(CheckpointDirectory checkpoint, double[][] expected)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = LanguageModel.Load(checkpoint, ScalarType.Float64, CPU);
        var logits = model.Logits(tensor(Tokens.Select(t => (long)t).ToArray()).view(1, -1))[0];
        var largest = expected.SelectMany(r => r).Max(Math.Abs);
        for (var t = 0; t < Tokens.Length; t++)
            Assert.All(
                logits[t].data<double>().ToArray().Zip(expected[t]),
                p => Assert.Equal(p.Second, p.First, 1e-9 * largest)
            );
    }
}
