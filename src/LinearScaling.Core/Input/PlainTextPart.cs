using System.Text;

namespace LinearScaling.Input;

/// <summary>The lines of a text or Markdown file that begin in a range of it, as documents of at most
/// <see cref="TextPieces.MaxLength"/>.</summary>
internal sealed record PlainTextPart(string File, long Start, long End, Encoding Encoding)
    : InputPart(File, End - Start)
{
    public override string Identity => $"text {Encoding.WebName}";

    public override IEnumerable<string> Documents()
    {
        using var lines = new LineRange(System.IO.File.OpenRead(File), Start, End);
        var text = Encoding.GetString(ReadAll(lines)); // what the encoding does not know becomes U+FFFD
        return TextPieces.Cut(Start == 0 && text.StartsWith('\uFEFF') ? text[1..] : text);
    }

    private byte[] ReadAll(LineRange lines)
    {
        try
        {
            return lines.ReadAll();
        }
        catch (FormatException e)
        {
            throw new LinearScalingException($"{File}: byte {lines.Offset}: {e.Message}", e);
        }
    }
}
