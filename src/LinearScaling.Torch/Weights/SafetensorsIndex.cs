using System.Text.Json;
using LinearScaling.Files;

namespace LinearScaling.Torch.Weights;

/// <summary>A <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal static class SafetensorsIndex
{
    /// <returns>The shard's file name by the tensor's name.</returns>
    /// <exception cref="LinearScalingException">It is malformed, or names a file that is not beside it.</exception>
    public static IReadOnlyDictionary<string, string> Read(string index)
    {
        Dictionary<string, string> shardOf;
        try
        {
            shardOf = StrictJson
                .Parse(File.ReadAllBytes(index))
                .GetProperty("weight_map")
                .EnumerateObject()
                .ToDictionary(p => p.Name, p => p.Value.GetString() ?? "");
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw SafetensorsMistakes.NotAnIndex(index, e);
        }
        var outside = shardOf.Values.FirstOrDefault(f => !SafeName.IsFileName(f));
        return outside is null
            ? shardOf
            : throw new LinearScalingException($"{index}: shard '{outside}' is not a file beside the index");
    }
}
