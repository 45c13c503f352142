using System.Text;

namespace LinearScaling.Input;

/// <summary>A text or Markdown file in an encoding of two or four bytes a unit, such as UTF-16: read as a
/// whole.</summary>
internal sealed record WideTextPart(string File, Encoding Encoding, long TextBytes) : InputPart(File, TextBytes)
{
    /// <summary>The text has to fit into one string.</summary>
    private const long MostBytes = 1L << 30;

    /// <exception cref="LinearScalingException">It holds JSON lines, or is too large.</exception>
    public static WideTextPart Open(string file, long length, Encoding encoding) =>
        !InputFiles.IsPlainText(file) ? throw InputMistakes.Wide(file, encoding, ", in which JSON lines are not read")
        : length > MostBytes ? throw InputMistakes.Wide(file, encoding, " and more than 1 GB")
        : new(file, encoding, length / 2);

    public override string Identity => $"text {Encoding.WebName}";

    public override IEnumerable<string> Documents()
    {
        using var reader = new StreamReader(File, Encoding, detectEncodingFromByteOrderMarks: true);
        return TextPieces.Cut(reader.ReadToEnd());
    }
}
