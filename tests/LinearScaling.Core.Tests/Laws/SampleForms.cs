using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>Every form as a user has it: those of any columns are given three.</summary>
internal static class SampleForms
{
    public static LawForm Named(string name) => LawForm.Named(name).Over(["width", "depth", "tokens"]);

    /// <summary>A point with the columns that the form reads: width and depth of a model of N parameters in several
    /// shapes, or different tokens for one to 40 epochs.</summary>
    public static Observation WithColumns(LawForm form, Observation o, int i) =>
        form switch
        {
            DataConstrained => o with { Others = [o.D / Math.Pow(40, i % 5 / 4.0)] },
            ColumnForm => o with { Others = [Math.Pow(o.N / 12, 0.3 + 0.05 * (i % 3)), 3 + i % 7, o.D] },
            _ => o,
        };
}
