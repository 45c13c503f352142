using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Forms;

/// <summary>A form of any columns, with parameters for each: none until <see cref="Over"/> says which.</summary>
public abstract record ColumnForm : LawForm
{
    private const int FewestValues = 4;

    private IReadOnlyList<string> columns = [];
    private IReadOnlyList<FormParameter> parameters = [];

    public sealed override IReadOnlyList<string> Columns => columns;

    public sealed override IReadOnlyList<FormParameter> Parameters => parameters;

    public sealed override bool OfNAndD => false;

    public sealed override bool OfX => false;

    public sealed override LawForm Over(IReadOnlyList<string> columns) =>
        columns.Count > 0
            ? this with
            {
                columns = [.. columns],
                parameters = [.. ParametersOf(columns)],
            }
            : throw LawMistakes.NoColumns(Name);

    protected abstract IEnumerable<FormParameter> ParametersOf(IReadOnlyList<string> columns);

    internal sealed override IEnumerable<Caution> Cautions(ParametricFit fit, Bootstrap? bootstrap)
    {
        var points = fit.Problem.Points;
        for (var i = 0; i < columns.Count; i++)
        {
            if (points.Select(o => o.Others[i]).Distinct().Count() is < FewestValues and var values)
                yield return new(
                    "few_values",
                    $"only {values} values of {columns[i]}: its exponent needs {FewestValues} or more"
                );
            for (var j = 0; j < i; j++)
                if (
                    ParametricCautions.Correlation(points, o => o.LogOthers[j], o => o.LogOthers[i]) is var r
                    && Math.Abs(r) > 0.98
                )
                    yield return new(
                        "one_direction",
                        $"{columns[j]} and {columns[i]} change together (correlation {r:F3} in logarithms): their "
                            + $"exponents cannot be told apart"
                    );
        }
    }
}
