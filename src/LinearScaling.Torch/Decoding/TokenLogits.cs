using System.Globalization;
using System.Text.Json;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Decoding;

/// <summary>A model's logits as JSON: <c>{"tokens": [...], "logits": [[...], ...]}</c>, row t for what follows tokens 0
/// ... t; what is not finite is a text, as <c>"NaN"</c>.</summary>
public static class TokenLogits
{
    /// <returns>How many logits are not finite.</returns>
    /// <exception cref="LinearScalingException">A token is not of the model's vocabulary.</exception>
    public static int Write(LanguageModel model, IReadOnlyList<int> tokens, Stream stream)
    {
        var vocab = model.Config.VocabSize;
        if (tokens.Where(t => t >= vocab).Select(t => (int?)t).FirstOrDefault() is { } outside)
            throw new LinearScalingException($"--tokens: {outside} is not in the model's vocabulary of {vocab}");
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var logits = model
            .Logits(tensor(tokens.Select(t => (long)t).ToArray(), device: model.Parameters.Device).view(1, -1))[0]
            .cpu();
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
            json.WriteNumberValue(token);
        json.WriteEndArray();
        json.WriteStartArray("logits");
        var notFinite = 0;
        for (var t = 0; t < tokens.Count; t++)
        {
            json.WriteStartArray();
            if (logits.dtype == ScalarType.Float64)
                foreach (var logit in logits[t].data<double>())
                    if (double.IsFinite(logit))
                        json.WriteNumberValue(logit);
                    else
                        WriteText(logit);
            else
                foreach (var logit in logits[t].data<float>())
                    if (float.IsFinite(logit))
                        json.WriteNumberValue(logit);
                    else
                        WriteText(logit);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        return notFinite;

        void WriteText(double logit)
        {
            json.WriteStringValue(logit.ToString(CultureInfo.InvariantCulture));
            notFinite++;
        }
    }
}
