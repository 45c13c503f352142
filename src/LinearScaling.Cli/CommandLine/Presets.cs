using System.Reflection;
using LinearScaling.Configuration;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Cli.CommandLine;

/// <summary>The configurations of configs/, embedded in the program: what <c>--arch</c> and <c>--size</c>
/// name.</summary>
public static class Presets
{
    private const string Shapes = "configs/sizes/";

    private static readonly Assembly Program = typeof(Presets).Assembly;

    /// <summary>The sizes, smallest first, the paper's before the nano ladder's.</summary>
    public static IReadOnlyList<string> Sizes { get; } =
    [
        .. Program
            .GetManifestResourceNames()
            .Where(n => n.StartsWith(Shapes, StringComparison.Ordinal))
            .Select(Path.GetFileNameWithoutExtension)
            .OfType<string>()
            .OrderBy(n => IsNano(n))
            .ThenBy(Parameters),
    ];

    /// <summary>What the size's family shares; over it the size's shape; over that what the architecture has otherwise
    /// at that size.</summary>
    /// <exception cref="LinearScalingException">A name is unknown.</exception>
    public static ConfigTree Find(string architecture, string size)
    {
        if (!ModelConfig.Variants.TryGet(architecture, out _))
            throw new LinearScalingException(
                "--arch: " + NearestNames.Unknown(ModelConfig.Variants.Kind, architecture, ModelConfig.Variants.Names)
            );
        if (!Sizes.Contains(size))
            throw new LinearScalingException("--size: " + NearestNames.Unknown("size", size, Sizes));
        var family = $"configs/train/{(IsNano(size) ? "nano" : "paper")}.yaml";
        var shape = $"{Shapes}{size}.yaml";
        var own = $"configs/models/{architecture}-{size}.yaml";
        var tree = ConfigTree
            .Empty.With(Text(family)!, family)
            .With(Text(shape)!, shape)
            .WithValue("--arch", "model.name", architecture);
        return Text(own) is { } differences ? tree.With(differences, own) : tree;
    }

    private static bool IsNano(string size) => size.StartsWith("nano-", StringComparison.Ordinal);

    /// <summary>The parameters a size is named after: 410m, nano-100k.</summary>
    private static double Parameters(string size) =>
        double.Parse(
            size.Replace("nano-", "", StringComparison.Ordinal)[..^1],
            System.Globalization.CultureInfo.InvariantCulture
        )
        * size[^1] switch
        {
            'k' => 1e3,
            'm' => 1e6,
            'b' => 1e9,
            _ => throw new InvalidDataException($"the size '{size}' names no number of parameters"),
        };

    /// <summary>A file of configs/; null where there is none of that name.</summary>
    private static string? Text(string name)
    {
        using var stream = Program.GetManifestResourceStream(name);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
