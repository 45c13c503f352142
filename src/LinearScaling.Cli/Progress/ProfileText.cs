using System.Globalization;
using LinearScaling.Runs;

namespace LinearScaling.Cli.Progress;

/// <summary>A run's profile as a person reads it.</summary>
internal static class ProfileText
{
    private const int Operators = 10;

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
        lines.AddRange(profile.Phases.Concat(profile.Kinds).Select(p => Line(p.Key, p.Value)));
        lines.AddRange(
            profile
                .Operators.Take(Operators)
                .Select(o =>
                    string.Create(CultureInfo.InvariantCulture, $"{Line(o.Name, o.Seconds)}, {o.Calls:F0} calls")
                )
        );
        return string.Join('\n', lines);

        string Line(string name, double seconds) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {name, -24} {seconds * 1e3, 10:F1} ms {seconds / profile.SecondsPerStep, 8:P1}"
            );
    }
}
