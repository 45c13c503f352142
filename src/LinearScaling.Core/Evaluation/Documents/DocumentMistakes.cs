using System.Text.Json;

namespace LinearScaling.Evaluation.Documents;

/// <summary>What can be wrong with a task's data, in words a user can act on.</summary>
internal static class DocumentMistakes
{
    public static LinearScalingException NotFields(string place, string field, JsonValueKind found) =>
        new($"{place}: expected fields, '{field}' among them, got {found.ToString().ToLowerInvariant()}");

    public static LinearScalingException NoField(string place, string field, IEnumerable<string> fields) =>
        new($"{place}: no field '{field}'; it has {string.Join(", ", fields)}");

    public static LinearScalingException DamagedColumn(string path, int rowGroup, string column, Exception inner) =>
        new(
            $"{path}: row group {rowGroup}: column '{column}' is damaged ({inner.Message.ReplaceLineEndings(" ")}); "
                + $"fetch the file again",
            inner
        );

    public static LinearScalingException NoData(string folder, string directory, string split, string published) =>
        new(
            $"{folder}: no task data in {directory}; put the {split} split of {published} (Hugging Face) there "
                + $"as {folder}/{split}.parquet, or the same documents as {folder}.jsonl; --task-data names "
                + $"another directory"
        );

    public static LinearScalingException TwoFiles(
        string folder,
        string first,
        string second,
        string split,
        string published
    ) => new($"{folder}: both {first} and {second} may be its {split} split ({published}); keep one of them there");

    public static LinearScalingException MissingShard(string missing, int count) =>
        new($"{missing}: missing; the split has {count} files and they belong together");
}
