using Microsoft.ML.Tokenizers;

namespace LinearScaling.Text.Splitting;

/// <summary>A splitting rule in the form that Microsoft.ML.Tokenizers takes.</summary>
internal sealed class SplitterPreTokenizer(Splitter splitter) : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var pieces = new List<(int, int)>(text.Length / 4);
        for (var start = 0; start < text.Length; )
        {
            var end = splitter.End(text, start);
            pieces.Add((start, end - start));
            start = end;
        }
        return pieces;
    }
}
