using System.CommandLine;
using System.Globalization;
using LinearScaling.Configuration;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary>How <c>lcs fit</c> fits a parametric law: what residuals cost, and what is given.</summary>
internal static class FitChoices
{
    public static FitLoss Loss(ParseResult parse, LawForm form)
    {
        var (name, delta, overestimates) = (
            parse.GetValue(FitOptions.Loss),
            parse.GetValue(FitOptions.Delta),
            parse.GetValue(FitOptions.Overestimates)
        );
        var loss = name is null
            ? delta is null
                ? form.DefaultLoss
                : FitLoss.LogHuber
            : FitLoss.Named.TryGetValue(name, out var named)
                ? named
                : throw new LinearScalingException($"--loss: {NearestNames.Unknown("loss", name, FitLoss.Named.Keys)}");
        if (delta is not null && loss.Delta is null)
            throw new LinearScalingException("--delta: only --loss log-huber, huber and asymmetric bend");
        if (overestimates is not null && loss != FitLoss.Asymmetric)
            throw new LinearScalingException("--overestimates: only --loss asymmetric weighs them");
        return loss with { Delta = delta ?? loss.Delta, Overestimates = overestimates ?? loss.Overestimates };
    }

    /// <summary>Coefficients that are given, as <c>E=1.6</c>; whether a form has them is checked where it is
    /// fitted.</summary>
    public static IReadOnlyDictionary<string, double> Fixed(ParseResult parse)
    {
        var given = new Dictionary<string, double>();
        foreach (var text in parse.GetRequiredValue(FitOptions.Fix))
        {
            var sides = text.Split('=', 2, StringSplitOptions.TrimEntries);
            if (
                sides is not [{ Length: > 0 } name, var number]
                || !double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            )
                throw new LinearScalingException($"--fix {text}: expected NAME=NUMBER, as E=1.6");
            if (!given.TryAdd(name, value))
                throw new LinearScalingException($"--fix: {name} is given twice");
        }
        return given;
    }
}
