using System.Globalization;
using System.Text.RegularExpressions;

namespace LinearScaling.Torch.Weights;

/// <summary>Names of a model's shards as Hugging Face writes them: <c>model-00002-of-00003.safetensors</c>.</summary>
internal static partial class ShardNames
{
    /// <summary>All the shards that the name of one speaks of; none for another name.</summary>
    public static IEnumerable<string> AllOf(string shard) =>
        ShardName().Match(shard) is { Success: true } name
            ? Enumerable
                .Range(1, int.Parse(name.Groups["count"].Value, CultureInfo.InvariantCulture))
                .Select(i => $"{name.Groups["start"]}-{i:D5}-of-{name.Groups["count"]}.safetensors")
            : [];

    [GeneratedRegex(@"^(?<start>.*)-[0-9]{5}-of-(?<count>[0-9]{5})\.safetensors$")]
    private static partial Regex ShardName();
}
