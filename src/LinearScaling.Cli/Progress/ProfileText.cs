using System.Globalization;
using LinearScaling.Runs;

namespace LinearScaling.Cli.Progress;

/// <summary>A run's profile as a person reads it.</summary>
internal static class ProfileText
{
    public static string Format(TrainingProfile profile)
    {
        var lines = new List<string>
        {
            string.Create(
                CultureInfo.InvariantCulture,
                $"{profile.Steps} steps of {profile.SecondsPerStep * 1e3:F1} ms; live tensors "
                    + $"{profile.LiveTensors[0]} at the end of the first, {profile.LiveTensors[1]} of the last"
            ),
        };
        lines.AddRange(
            profile
                .Phases.Concat(profile.Kinds)
                .Select(p =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {p.Key, -20} {p.Value * 1e3, 10:F1} ms {p.Value / profile.SecondsPerStep, 8:P1}"
                    )
                )
        );
        return string.Join('\n', lines);
    }
}
