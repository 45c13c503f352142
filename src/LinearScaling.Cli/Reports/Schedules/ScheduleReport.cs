using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Cli.Reports.Schedules;

/// <summary>Tables and plots of laws of schedules, one architecture and size a row.</summary>
/// <param name="position">What runs are counted in: step, or D.</param>
internal sealed class ScheduleReport(
    IReadOnlyList<ScheduleAnalysis> fits,
    IReadOnlyList<Law> laws,
    string metric,
    string position
) : ILawReport
{
    private List<(Figure Figure, string Caption)>? plotted;

    public string Title => $"{fits[0].Law.Fit.Form.Name} laws of {metric}";

    public string Method =>
        $"{fits[0].Law.Fit.Form.Equation}, minimising {fits[0].Law.Fit.Problem.Loss.Description}; lr is the learning "
        + $"rate of each {(position == "D" ? "token" : "step")}, from the runs themselves. Of a run at most 64 points "
        + "are fitted, means of more. Every schedule is predicted by a law that was fitted to the others. "
        + (
            fits[0].Law.Bootstrap.Draws.Count > 0
                ? $"Intervals are 95 %, from {fits[0].Law.Bootstrap.Draws.Count} draws of runs."
                : "Runs are not redrawn for intervals unless --draws says how often."
        );

    public IReadOnlyList<Law> Laws => laws;

    public IReadOnlyList<NamedCaution> Cautions =>
        NamedCaution.Join(fits.SelectMany(f => f.Law.Cautions.Select(c => (f.Name, c))));

    public IReadOnlyList<(string Heading, TextTable Table, bool Brief)> Tables =>
        [
            ("Coefficients", Coefficients(), true),
            ("Schedules predicted by the others", LeftOut(), true),
            ("Runs without the metric, predicted", Predicted(), true),
            ("Goodness and certificate", Certificates(), true),
            ("Runs", Runs(), false),
        ];

    public IReadOnlyList<(Figure Figure, string Caption)> Plots =>
        plotted ??= [.. fits.SelectMany(f => SchedulePlots.Draw(f, fits.Count > 1, metric, position))];

    private TextTable Coefficients()
    {
        var table = new TextTable("law", "coefficient", "value", "others only", "bootstrap 95 %", "meaning");
        foreach (var f in fits)
        foreach (var (k, q) in f.Law.Fit.Form.Parameters.Index())
        {
            var others = f.LeftOut.Select(l => l.Fit.Coefficients[k]).ToList();
            table.Add(
                f.Name,
                q.Name,
                Numbers.Digits(f.Law.Fit.Coefficients[k]),
                f.Law.Fit.Problem.Fixed.ContainsKey(q.Name) ? "fixed"
                    : others.Count == 0 ? "-"
                    : $"{Numbers.Short(others.Min())} to {Numbers.Short(others.Max())}",
                Numbers.ShortSpan(f.Law.BootstrapInterval(k)),
                q.Meaning
            );
        }
        return table;
    }

    private TextTable LeftOut()
    {
        var table = new TextTable("run", "law", "points", "mean error", "worst error", "at its end");
        foreach (var f in fits)
        foreach (var e in f.LeftOut.SelectMany(l => l.Errors))
            table.Add(e.Run, f.Name, Count(e.Points), Size(e.MeanError), Size(e.WorstError), Signed(e.EndError));
        return table;
    }

    private TextTable Predicted()
    {
        var table = new TextTable("run", "law", $"last {position}", "last lr", $"{metric} at its end");
        foreach (var f in fits)
        foreach (var c in f.Predicted)
            table.Add(
                c.Run,
                f.Name,
                Numbers.Short(c.Rates.Last),
                Numbers.Short(c.Rates.Rate(c.Rates.Last)),
                Reach.Show(
                    Numbers.Fixed(f.Law.Fit.Predict(c.Place(c.Rates.Last))),
                    c.Rates.Last,
                    FittedRange.Ends(f.Curves.SelectMany(m => m.Points.Select(p => p.Position)))
                )
            );
        return table;
    }

    private TextTable Certificates()
    {
        var table = new TextTable(
            "law",
            "points",
            "objective",
            "R^2",
            "starts",
            "best agreeing",
            "gradient",
            "condition",
            "bounds hit"
        );
        foreach (var (f, c) in fits.Select(f => (f, f.Law.Fit.Certificate)))
            table.Add(
                f.Name,
                Count(f.Law.Fit.Problem.Points.Count),
                f.Law.Fit.Objective.ToString("G8", CultureInfo.InvariantCulture),
                Numbers.Fixed(f.Law.Fit.RSquared, 5),
                Count(c.Starts),
                $"{c.Agreeing}/{c.Polished}",
                Numbers.Short(c.GradientNorm),
                Numbers.Short(c.ConditionNumber),
                c.BoundsHit.Count == 0 ? "none" : string.Join(' ', c.BoundsHit)
            );
        return table;
    }

    private TextTable Runs()
    {
        var table = new TextTable(
            "run",
            "law",
            $"last {position}",
            "peak lr",
            "last lr",
            "points",
            "mean error",
            "worst error"
        );
        foreach (var f in fits)
        foreach (var c in f.Curves)
            if (CurveError.Measure(f.Law.Fit, c) is var e)
                table.Add(
                    c.Run,
                    f.Name,
                    Numbers.Short(c.Rates.Last),
                    Numbers.Short(c.Rates.Peak),
                    Numbers.Short(c.Rates.Rate(c.Rates.Last)),
                    Count(e.Points),
                    Size(e.MeanError),
                    Size(e.WorstError)
                );
        return table;
    }

    private static string Size(double error) => $"{Numbers.Fixed(100 * error, 2)}%";

    private static string Signed(double error) => Numbers.Percent(error);

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
