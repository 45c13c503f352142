using System.Text;

namespace LinearScaling.Input;

/// <summary>What can be wrong with text to read, in words a user can act on.</summary>
internal static class InputMistakes
{
    public static LinearScalingException OtherExtension(string path, IEnumerable<string> known) =>
        new($"{path}: not a kind of text file that lcs knows; one of: {string.Join(", ", known)}");

    public static LinearScalingException NoText(
        string path,
        IEnumerable<string> known,
        IReadOnlyCollection<string> leftOut
    ) =>
        new(
            $"{path}: no text to train on; lcs reads {string.Join(", ", known)}"
                + (leftOut.Count == 0 ? "" : $"; left out: {NameList.Join(leftOut)}; name a file to take it")
        );

    public static LinearScalingException Wide(string file, Encoding encoding, string problem) =>
        new(
            $"{file}: is {encoding.WebName.ToUpperInvariant()}{problem}; convert it: "
                + $"iconv -f {encoding.WebName.ToUpperInvariant()} -t UTF-8 {file} > NEW"
        );

    public static LinearScalingException ZeroBytes(string file) =>
        new(
            $"{file}: holds zero bytes as no text in UTF-8 does: it is binary, or UTF-16 without a mark; name its "
                + "encoding: --encoding utf-16le"
        );

    public static LinearScalingException UnknownEncoding(string name, Exception inner) =>
        new(
            $"'{name}' is not the name of an encoding; such as utf-8, latin1, windows-1252, utf-16, gb18030, shift_jis",
            inner
        );

    public static LinearScalingException NotALine(string file, long offset, Exception e) =>
        new($"{file}: byte {offset}: not one JSON object on a line that ends with a line feed: {e.Message}", e);

    public static LinearScalingException TooLarge(string file, int rowGroup, string column, long bytes) =>
        new(
            $"{file}: row group {rowGroup}: its column '{column}' holds {bytes / 1e9:F1} GB, more than the 2 "
                + $"GB that can be read at a time; write the file with smaller row groups"
        );

    public static LinearScalingException NoTextColumn(string file, string names) =>
        new($"{file}: has no column 'text'; name one of its columns of strings with --column: {names}");

    public static LinearScalingException TwoColumns(string file, string column) =>
        new($"{file}: '{column}' is both a column and a path of columns; rename one of them");

    public static LinearScalingException NotStrings(string file, string column, object? type, string names) =>
        new($"{file}: column '{column}' holds {type}, not strings; its columns of strings: {names}");

    public static LinearScalingException NoSample(IEnumerable<string> roots) =>
        new(
            $"sample corpus: the reference text of the .NET SDK was not found under {string.Join(", ", roots)}; set "
                + $"DOTNET_ROOT to an SDK, or name text of your own with --data"
        );
}
