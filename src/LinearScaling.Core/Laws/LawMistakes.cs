using System.Globalization;
using LinearScaling.Configuration;
using LinearScaling.Laws.IsoFlops;

namespace LinearScaling.Laws;

/// <summary>What can be wrong with a fit or a law file, in words a user can act on.</summary>
internal static class LawMistakes
{
    public static LinearScalingException OtherFormat(string path, int format, int current) =>
        new($"{path}: law format {format}, this lcs reads {current}; fit again");

    public static LinearScalingException NoOptimum(string name, string form, string variable) =>
        new(
            $"law '{name}' ({form} of {variable}) says nothing about compute-optimal N and D; fit one with "
                + $"--law chinchilla, or runs of several sizes"
        );

    public static LinearScalingException NoSurface(string name, string form, string variable) =>
        new(
            $"law '{name}' ({form} of {variable}) is no surface L(N, D), which --target-loss, --served, --affordable "
                + "and --candidates plan by; fit one with --law chinchilla"
        );

    public static LinearScalingException Unreachable(string name, double loss, double least) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"law '{name}': no N and D reach a loss of {loss:G6}; the least, with both unlimited, is {least:G6}"
            )
        );

    public static LinearScalingException NoCovariance(string name) =>
        new(
            $"law '{name}' has no covariance of its coefficients, so that nothing says what another run would narrow; "
                + "lcs fit writes it for tables and runs of your own, from 20 draws on"
        );

    public static LinearScalingException EndlessCovariance(string name) =>
        new(
            $"law '{name}': the covariance of its coefficients is not finite, since the points do not determine them; "
                + "fit a form with fewer, or add points"
        );

    public static LinearScalingException UnevenCovariance(string name, int parameters) =>
        new($"law '{name}': fit_covariance: each row needs {parameters} numbers, one a coefficient; fit again");

    public static LinearScalingException NoScatter(string name) =>
        new(
            $"law '{name}' does not say how far its points lie from it (residual_scatter): it has no more points than "
                + "coefficients, or an older lcs wrote it; fit again"
        );

    public static LinearScalingException NeedsNAndD(string name, string form) =>
        new($"{name}: {form} needs N and D of every point; name two of N, D and C with --columns");

    public static LinearScalingException NeedsSchedule(string name, string form) =>
        new($"{name}: {form} needs the learning rate along every run; it is fitted alone, with --law {form}");

    public static LinearScalingException NothingMeasured(string name) =>
        new($"{name}: no run of it has the metric: there is nothing to fit; leave it out, or name another group");

    public static LinearScalingException NoProfiles(string name, IsoFlop fit) =>
        new(
            $"{name}: approach 2 needs two budgets, each with {IsoFlopProfile.FewestSizes} sizes about its optimum; "
                + (
                    fit.Profiles.Count == 0
                        ? "no points share one in C"
                        : string.Join("; ", fit.Profiles.Select(p => $"{p.Called}: {p.Problem ?? "one"}"))
                )
                + "; name each row's budget with --columns budget=COLUMN, or take approach 3"
        );

    public static LinearScalingException TooFewPoints(string name, string form, int parameters, int points) =>
        new(
            $"{name}: {form} has {parameters} parameters: {points} "
                + $"point{(points == 1 ? "" : "s")} cannot determine them"
        );

    public static LinearScalingException OneCompute(string name, bool surface) =>
        new($"{name}: all points have the same {(surface ? "compute" : "x")}: no law of it can be fitted");

    public static LinearScalingException OtherRows(string first, string second) =>
        new($"{first} and {second}: forms are compared on the same rows under the same loss");

    public static LinearScalingException Incomparable(string first, string second) =>
        new($"{first} and {second}: only laws of the same form, loss and fixed coefficients can be compared");

    public static LinearScalingException NoColumns(string form) =>
        new($"--law {form}: name the columns that it is of with --columns, as L=loss,N=params,width=d_model");

    public static LinearScalingException OneValue(string name, string column) =>
        new($"{name}: all points have the same {column}: no exponent of it can be fitted; leave that column out");

    public static LinearScalingException NoValue(string form, IReadOnlyDictionary<string, double> given) =>
        new(
            $"{form} has no value at these points"
                + (given.Count == 0 ? "" : $" with {Listed(given)}: fix it elsewhere, or leave it free")
        );

    public static LinearScalingException NoCoefficient(string form, string name, IEnumerable<string> known) =>
        new($"--fix: {NearestNames.Unknown($"coefficient of {form}", name, known)}");

    public static LinearScalingException OutsideBounds(
        string form,
        string name,
        double value,
        double low,
        double high
    ) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"--fix {name}={value:G6}: {name} of {form} lies ")
                + (
                    double.IsInfinity(high)
                        ? string.Create(CultureInfo.InvariantCulture, $"at {low:G6} or above")
                        : string.Create(CultureInfo.InvariantCulture, $"from {low:G6} to {high:G6}")
                )
        );

    public static LinearScalingException NothingFree(string form) =>
        new($"--fix: every coefficient of {form} is fixed, so that nothing is left to fit");

    private static string Listed(IReadOnlyDictionary<string, double> given) =>
        string.Join(", ", given.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} = {g.Value:G6}")));
}
