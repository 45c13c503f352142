namespace LinearScaling.Torch.Layers;

/// <summary>How TNL spaces its constant decays over heads and layers.</summary>
public enum DecayFamily
{
    /// <summary>ALiBi's slopes times 1 - l / (L - 1) + 1e-5: every released model.</summary>
    Alibi,

    /// <summary>8 h / H (1 - l / L) with h = 1 ... H and l = 1 ... L: arXiv 2405.17381, eq. 10 as printed.</summary>
    Paper,

    /// <summary>The same with h and l counted from 0: flash-linear-attention.</summary>
    Fla,

    /// <summary>1 / n_h with time constants n_h from 2 to 256 in equal ratios, times ALiBi's layer factor:
    /// xmixers.</summary>
    Xmixers,
}

/// <summary>The constant decays s of a layer: a head forgets by exp(-s) per token.</summary>
public static class Decay
{
    /// <returns>s &gt;= 0, one per head.</returns>
    public static double[] Slopes(DecayFamily family, int layer, int numLayers, int numHeads)
    {
        var heads = Enumerable.Range(0, numHeads);
        var factor = (numLayers == 1 ? 1 : 1 - (double)layer / (numLayers - 1)) + 1e-5;
        return family switch
        {
            DecayFamily.Alibi => [.. Slopes(numHeads).Select(s => s * factor)],
            DecayFamily.Paper => [.. heads.Select(h => 8.0 * (h + 1) / numHeads * (1 - (layer + 1.0) / numLayers))],
            DecayFamily.Fla => [.. heads.Select(h => 8.0 * h / numHeads * (1 - (double)layer / numLayers))],
            DecayFamily.Xmixers =>
            [
                .. heads.Select(h => factor / (2 * Math.Pow(128, numHeads == 1 ? 0 : (double)h / (numHeads - 1)))),
            ],
            _ => throw new ArgumentOutOfRangeException(nameof(family)),
        };
    }

    /// <summary>
    /// ALiBi's slopes (arXiv 2108.12409): 2^(-8 (h + 1) / H) where H is a power of two; otherwise those of the power
    /// below, followed by every other one of the power above.
    /// </summary>
    public static double[] Slopes(int numHeads)
    {
        var power = 1 << int.Log2(numHeads);
        var slopes = Enumerable.Range(1, power).Select(h => Math.Pow(2, -8.0 * h / power));
        return power == numHeads
            ? [.. slopes]
            : [.. slopes, .. Slopes(2 * power).Where((_, i) => i % 2 == 0).Take(numHeads - power)];
    }
}
