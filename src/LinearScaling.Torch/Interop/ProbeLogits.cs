using System.Text.Json;
using System.Text.Json.Serialization;
using LinearScaling.Files;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Interop;

/// <summary>Some logits of a model on fixed tokens, stored beside exported weights (<c>probe.json</c>) so that a reader
/// can verify that nothing was lost.</summary>
/// <param name="Dtype">Element type of weights and arithmetic: fp64, or fp32 for models whose fp64 copy would need more
/// than 8 GiB.</param>
/// <param name="Tokens">The input.</param>
/// <param name="Vocabulary">Which logits are given at each position.</param>
/// <param name="Logits">[tokens, vocabulary]</param>
public sealed record ProbeLogits(
    string Dtype,
    IReadOnlyList<int> Tokens,
    IReadOnlyList<int> Vocabulary,
    IReadOnlyList<IReadOnlyList<double>> Logits
)
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "probe.json";

    private const long MaxDoubles = 1L << 30;

    /// <summary><see cref="Dtype"/> as libtorch knows it.</summary>
    [JsonIgnore]
    public ScalarType ScalarType => Dtype == "fp64" ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>The element type to probe a model in.</summary>
    public static ScalarType TypeFor(ModelConfig config) =>
        config.Counts().Total <= MaxDoubles ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>Up to 32 logits of 16 tokens, both spread over the vocabulary, in the type the model computes
    /// in.</summary>
    public static ProbeLogits Compute(LanguageModel model)
    {
        var vocab = model.Config.VocabSize;
        int[] tokens = [.. Enumerable.Range(0, 16).Select(i => (int)((i * 7919L + 1) % vocab))];
        int[] vocabulary = [.. Enumerable.Range(0, 32).Select(i => (int)(i * (long)vocab / 32)).Distinct()];
        return new(
            model.Parameters.DType == ScalarType.Float64 ? "fp64" : "fp32",
            tokens,
            vocabulary,
            Compute(model, tokens, vocabulary)
        );
    }

    /// <exception cref="LinearScalingException">The file is not what <see cref="Write"/> writes.</exception>
    public static ProbeLogits Read(string path)
    {
        try
        {
            return StrictJson.Deserialize(File.ReadAllText(path), ProbeJson.Default.ProbeLogits);
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: damaged: {e.Message}", e);
        }
    }

    /// <summary>Writes the file whole or not at all.</summary>
    public void Write(string path) =>
        DurableFile.WriteAllText(path, JsonSerializer.Serialize(this, ProbeJson.Default.ProbeLogits));

    /// <param name="path">Where these logits are stored, for messages.</param>
    /// <param name="tolerance">Relative to the largest logit; when null, what rounding in <see cref="Dtype"/>
    /// explains.</param>
    /// <exception cref="LinearScalingException">The model's logits differ by more.</exception>
    public void Check(LanguageModel model, string path, double? tolerance = null)
    {
        if (
            Tokens.Concat(Vocabulary).Any(id => id < 0 || id >= model.Config.VocabSize)
            || Logits.Count != Tokens.Count
            || Logits.Any(row => row.Count != Vocabulary.Count)
        )
            throw InteropMistakes.OtherModel(path);
        var found = Compute(model, Tokens, Vocabulary);
        var scale = Logits.SelectMany(row => row).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        var most = Math.Max(tolerance ?? 0, Dtype == "fp64" ? 1e-9 : 1e-3) * Math.Max(1, scale);
        for (var t = 0; t < Tokens.Count; t++)
        for (var v = 0; v < Vocabulary.Count; v++)
            if (!(Math.Abs(found[t][v] - Logits[t][v]) <= most) && !found[t][v].Equals(Logits[t][v]))
                throw InteropMistakes.OtherLogits(path, t, Vocabulary[v], Logits[t][v], found[t][v]);
    }

    private static double[][] Compute(LanguageModel model, IReadOnlyList<int> tokens, IReadOnlyList<int> vocabulary)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var device = model.Parameters.Device;
        var logits = model.Logits(tensor(tokens.Select(t => (long)t).ToArray(), device: device).view(1, -1))[0];
        var chosen = logits
            .index_select(1, tensor(vocabulary.Select(v => (long)v).ToArray(), device: device))
            .to(ScalarType.Float64)
            .cpu();
        return [.. chosen.data<double>().ToArray().Chunk(vocabulary.Count)];
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(ProbeLogits))]
internal sealed partial class ProbeJson : JsonSerializerContext;
