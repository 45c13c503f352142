using System.Text.Json;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;

namespace LinearScaling.Cli.Reports;

/// <summary>What a fit has to show, whatever its method: tables, plots, cautions and the laws themselves.</summary>
internal interface ILawReport
{
    string Title { get; }

    /// <summary>What was fitted and how, in a paragraph.</summary>
    string Method { get; }

    /// <summary>The first is the answer; those with <c>Brief</c> are printed and stand open in the report, the others
    /// are folded there.</summary>
    IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables { get; }

    IReadOnlyList<NamedCaution> Cautions { get; }

    /// <summary>The first is what a reader sees first.</summary>
    IReadOnlyList<(Figure Figure, string Caption)> Plots { get; }

    IReadOnlyList<Law> Laws { get; }

    /// <summary>What is printed in place of tables with <c>--json</c>.</summary>
    string Json => JsonSerializer.Serialize(Laws, LawJson.Default.IReadOnlyListLaw);

    /// <summary>Files besides the laws and plots, by name.</summary>
    IReadOnlyList<(string Name, string Text)> Files => [];
}
