using LinearScaling.Configuration;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Cli.CommandLine;

/// <summary>Which run the options of a command describe: presets below the user's file, below the command's own flags,
/// below --set.</summary>
/// <param name="Name">A short name for the run: ARCH-SIZE, or the configuration file's.</param>
internal sealed record RunChoice(RunConfig Config, string Architecture, string Size, string Name)
{
    /// <exception cref="LinearScalingException">Neither a preset nor a file is named, a name is unknown, or a value
    /// does not fit; every problem at once.</exception>
    public static RunChoice Make(
        string? architecture,
        string? size,
        string? file,
        IEnumerable<(string Option, string Path, string Value)> flags,
        IEnumerable<string> sets
    )
    {
        if (architecture is null != size is null)
            throw new LinearScalingException(
                $"{(size is null ? "--arch" : "--size")}: needs {(size is null ? "--size" : "--arch")} beside it"
            );
        if (file is null && architecture is null)
            throw new LinearScalingException("give --arch and --size (lcs list shows the names), or --config FILE");

        var tree = architecture is null ? ConfigTree.Empty : Presets.Find(architecture, size!);
        if (file is not null)
            tree = tree.WithFile(file);
        foreach (var (option, path, value) in flags)
            tree = tree.WithValue(option, path, value);
        foreach (var set in sets)
            tree = tree.WithSet(set);
        var config = tree.Bind<RunConfig>();
        var bound = LinearScaling.Torch.Architectures.ModelConfig.Variants.NameOf(config.Model.GetType());
        return new RunChoice(
            config,
            bound,
            size ?? "custom",
            architecture is null ? Path.GetFileNameWithoutExtension(file!) : $"{architecture}-{size}"
        );
    }
}
