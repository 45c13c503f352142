using System.Text;
using LinearScaling.Configuration;

namespace LinearScaling.Cli.Commands;

/// <summary>configs/README.md: the folder's files and every key, as <c>lcs schema --markdown</c> prints it.</summary>
internal static class SchemaPage
{
    public static string Format(IReadOnlyList<ConfigKey> keys)
    {
        var page = new StringBuilder(
            """
            # Configurations

            `lcs schema --markdown` prints this page; a test keeps it current.

            A run is `lcs train --arch NAME --size NAME`, or `lcs train --config FILE`, or both. Later layers win, key by key:

            1. `train/paper.yaml` or `train/nano.yaml`: what the sizes of a family share.
            2. `sizes/SIZE.yaml`: the size's shape.
            3. `models/ARCH-SIZE.yaml`: what an architecture has otherwise at that size, where there is such a file.
            4. `--config FILE`.
            5. The command's own options, such as `--steps`.
            6. `--set section.key=value`, in the order given.

            Where a section chooses a variant by `name`, a layer that names another one keeps the keys both have and drops the rest.
            The whole configuration, defaults included, is saved as `config.yaml` in the run's directory. Every problem of every layer is reported at once, as `file:line:column: key: problem`.


            """
        );
        foreach (var section in keys.GroupBy(k => k.Path.Split('.')[0]))
        {
            page.Append("## ")
                .Append(section.Key)
                .Append("\n\n| key | for | type | default | bound | meaning |\n|---|---|---|---|---|---|\n");
            foreach (var key in section)
                page.Append(
                    $"| `{key.Path}` | {key.When} | {key.Type} | "
                        + $"{(key.Default is null ? "required" : $"`{key.Default}`")} | {key.Bound} | "
                        + $"{key.Meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n"
                );
            page.Append('\n');
        }
        return page.ToString().TrimEnd('\n') + "\n";
    }
}
