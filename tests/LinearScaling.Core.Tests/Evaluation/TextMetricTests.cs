using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Tests.Evaluation;

public class TextMetricTests
{
    /// <summary>Words and stems of Porter's article (Program 14, 1980), and of NLTK's departures from it.</summary>
    [Theory]
    [InlineData(
        "caresses caress ponies poni cats cat feed feed agreed agre plastered plaster bled bled motoring motor sing "
            + "sing"
    )]
    [InlineData(
        "conflated conflat troubled troubl sized size hopping hop falling fall hissing hiss fizzed fizz failing "
            + "fail filing file happy happi"
    )]
    [InlineData(
        "relational relat conditional condit rational ration valenci valenc digitizer digit vietnamization vietnam "
            + "predication predic operator oper"
    )]
    [InlineData(
        "feudalism feudal decisiveness decis hopefulness hope callousness callous formaliti formal sensitiviti "
            + "sensit sensibiliti sensibl"
    )]
    [InlineData(
        "triplicate triplic formative form formalize formal electriciti electr electrical electr hopeful hope "
            + "goodness good"
    )]
    [InlineData(
        "revival reviv allowance allow inference infer airliner airlin gyroscopic gyroscop adjustable adjust "
            + "defensible defens irritant irrit"
    )]
    [InlineData(
        "replacement replac adjustment adjust dependent depend adoption adopt communism commun activate activ "
            + "angulariti angular effective effect bowdlerize bowdler"
    )]
    [InlineData("probate probat rate rate cease ceas controll control roll roll")]
    [InlineData("ties tie dying die skies sky news news tied tie spied spi innings inning")]
    public void Words_are_stemmed_as_published(string pairs)
    {
        var words = pairs.Split(' ');
        for (var i = 0; i < words.Length; i += 2)
            Assert.Equal(words[i + 1], PorterStemmer.Stem(words[i]));
    }

    [Theory]
    [InlineData("testing one two", "testing", 1, 0.5)] // precision 1, recall 1/3
    [InlineData("testing one two", "testing", 2, 0)]
    [InlineData("testing one two", "Testing, one.", 2, 2.0 / 3)]
    [InlineData("the cat sat on the mat", "the the the", 1, 4.0 / 9)] // two of three, two of six
    [InlineData("", "testing", 1, 0)]
    [InlineData("他们 ok", "他们 OK", 1, 1)] // only ASCII letters and digits count
    public void Rouge_n_is_the_f_measure_of_common_ngrams(
        string reference,
        string prediction,
        int n,
        double expected
    ) => Assert.Equal(expected, Rouge.N(reference, prediction, n), 1e-12);

    [Theory]
    [InlineData("testing one two", "two testing one", 2.0 / 3)]
    [InlineData("police killed the gunman", "police kill the gunman", 1)] // with stems
    [InlineData("police killed the gunman", "the gunman kill police", 0.5)]
    public void Rouge_l_is_the_f_measure_of_the_longest_common_subsequence(
        string reference,
        string prediction,
        double expected
    ) => Assert.Equal(expected, Rouge.L(reference, prediction), 1e-12);

    [Fact]
    public void Without_stemming_words_must_be_equal() =>
        Assert.Equal(0.75, Rouge.L("police killed the gunman", "police kill the gunman", stem: false), 1e-12);

    [Theory]
    [InlineData("The Eiffel-Tower!", "eiffeltower", 1, 1)]
    [InlineData("a cat sat", "cat sat down", 0, 0.8)] // 2 of 2 and 2 of 3
    [InlineData("no no", "no", 0, 2.0 / 3)] // a word counts as often as it occurs in both
    [InlineData("yes", "no", 0, 0)]
    [InlineData("", "no", 0, 0)]
    public void Answers_are_compared_as_in_SQuAD(string prediction, string reference, double exact, double f1)
    {
        Assert.Equal(exact, SquadMetrics.ExactMatch(prediction, reference));
        Assert.Equal(f1, SquadMetrics.F1(prediction, reference), 1e-12);
    }

    /// <summary>Values of the SQuAD evaluation's normalize_answer in Python.</summary>
    [Theory]
    [InlineData("The cat\u2014the dog", "cat\u2014 dog")]
    [InlineData("\u00abthe\u00bb end", "\u00ab \u00bb end")]
    [InlineData("a-b an, the.", "ab")]
    [InlineData("\u201cA\u201d the\u0301", "\u201c \u201d \u0301")]
    [InlineData("the_end athe", "theend athe")]
    public void Articles_end_where_words_do(string text, string normalized) =>
        Assert.Equal(normalized, SquadMetrics.Normalize(text));

    /// <summary>Values of str.lower in Python.</summary>
    [Theory]
    [InlineData("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2")]
    [InlineData("\u03a3\u0391\u03a3 \u03a3", "\u03c3\u03b1\u03c2 \u03c3")]
    [InlineData("\u0391\u03a3.\u0391 \u0391\u03a3. ", "\u03b1\u03c3.\u03b1 \u03b1\u03c2. ")]
    [InlineData("\u0130stanbul", "i\u0307stanbul")]
    [InlineData("\u1e9e \u212a \ud801\udc00", "\u00df k \ud801\udc28")]
    public void Lower_case_is_pythons(string text, string lower) => Assert.Equal(lower, PythonText.Lower(text));

    [Fact]
    public void Rouge_keeps_the_i_of_a_dotted_capital() =>
        Assert.Equal(["i", "stanbul"], Rouge.Tokens("\u0130stanbul", stem: false));
}
