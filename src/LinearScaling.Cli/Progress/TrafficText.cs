using System.Globalization;
using LinearScaling.Compute;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Progress;

/// <summary>How long a step's data are under way, next to the step, for links that clusters have.</summary>
internal static class TrafficText
{
    /// <summary>Bytes a second that a device sends, as the links' makers state them.</summary>
    private static readonly (string Link, double BytesPerSecond)[] Links =
    [
        ("NVLink 4", 450e9),
        ("InfiniBand NDR, 400 Gbit/s", 50e9),
        ("InfiniBand HDR, 200 Gbit/s", 25e9),
        ("Ethernet, 25 Gbit/s", 3.125e9),
    ];

    /// <param name="peakFlops">Matrix-product speed of a device, FLOP/s, of which <paramref name="mfu"/> is
    /// reached.</param>
    public static string Format(RunConfig config, int devices, double peakFlops, double mfu, string device)
    {
        var traffic = TrafficPlan.For(config, config.Train.Dtype == Precision.Fp32 ? 4 : 2, devices);
        var flops = config.Model.FlopsPerToken(config.Data.SeqLen)[Flops.Exact] * config.Train.BatchTokens;
        var step = flops / devices / (peakFlops * mfu);
        var lines = Links.Select(l =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {l.Link, -32} {traffic.Total / l.BytesPerSecond, 24:0.000} s = "
                    + $"{traffic.Total / l.BytesPerSecond / step:P1} of the step"
            )
        );
        var computing = string.Create(
            CultureInfo.InvariantCulture,
            $"computing a step takes {step:0.00} s at {mfu:P0} of {device}; sending what it needs takes"
        );
        return computing + "\n" + string.Join('\n', lines);
    }
}
