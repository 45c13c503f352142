using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Benchmarks;

/// <summary>Our side of <see cref="PeerTable"/>, a process of its own: the files that peer.py starts from and is
/// checked with, and training steps on request.</summary>
internal sealed class PeerSteps : IDisposable
{
    private readonly LanguageModel model;
    private readonly GradientBuffers gradients;
    private readonly AdamW optimizer;
    private readonly BlockWalk walk;
    private readonly Tensor tokens;
    private long count;

    private PeerSteps(PeerCase @case)
    {
        model = @case.Model.Build(@case.Type, CPU);
        model.Parameters.Initialize(1);
        gradients = new GradientBuffers(model.Parameters);
        optimizer = new AdamW(model.Parameters, new OptimizerConfig());
        optimizer.CopyParametersToMasters();
        walk = new BlockWalk(model, gradients, Recompute.None);
        tokens = @case.Tokens();
    }

    /// <summary>Writes the files (in fp32), takes one step, says on what it runs, and takes a step for every line of
    /// standard input, answered as peer.py does: seconds, processor seconds, loss, peak of resident KiB.</summary>
    public static void Run(PeerCase @case, string folder)
    {
        var compute = ComputeDevice.Open("cpu", threads: 1);
        using var steps = new PeerSteps(@case);
        steps.Warm();
        if (@case.Type == ScalarType.Float32)
        {
            File.WriteAllText(Path.Combine(folder, "model.json"), JsonSerializer.Serialize(@case.Description()));
            steps.Write(Path.Combine(folder, "start.safetensors"));
        }
        else
            steps.Gradients(steps.tokens);
        steps.Update();
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak counts from here
        Console.WriteLine(compute.Description);
        while (Console.ReadLine() is not null)
        {
            var (began, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var loss = steps.Step();
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            processor = Environment.CpuUsage.TotalTime - processor;
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{seconds:R} {processor.TotalSeconds:R} {loss:R} {PeakKiB()}"
                )
            );
        }
    }

    /// <summary>Lets .NET compile for speed what runs often, in the background: a run has thousands of steps, and those
    /// that are measured stand for them.</summary>
    private void Warm()
    {
        using var some = tokens.narrow(0, 0, 1);
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < 6; )
            Gradients(some);
        Thread.Sleep(500);
    }

    private double Step()
    {
        var loss = Gradients(tokens);
        Update();
        return loss;
    }

    /// <returns>The mean loss.</returns>
    private double Gradients(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var loss = zeros([], ScalarType.Float64);
        var targets = ids.size(0) * (ids.size(1) - 1);
        gradients.Zero();
        walk.ForwardBackward(
            ids.narrow(1, 0, ids.size(1) - 1),
            ids.narrow(1, 1, ids.size(1) - 1),
            1.0 / targets,
            sum => loss.copy_(sum),
            blockDone: gradients.Measure
        );
        return loss.item<double>() / targets;
    }

    private void Update()
    {
        using var scope = NewDisposeScope();
        optimizer.Step(gradients, 1e-4, ++count, Math.Max(1, gradients.Norm()));
    }

    /// <summary>Computes the gradients that it writes.</summary>
    private void Write(string path)
    {
        using var scope = NewDisposeScope();
        Gradients(tokens);
        using var guard = no_grad();
        Safetensors.Write(
            path,
            [
                ("tokens", tokens),
                ("logits", model.Logits(tokens.narrow(1, 0, tokens.size(1) - 1))),
                .. model.Parameters.Specs.Select(s => ("w." + s.Name, model.Parameters[s.Name])),
                .. model.Parameters.Specs.Select(s => ("g." + s.Name, gradients[s.Name])),
            ]
        );
    }

    private static string PeakKiB() =>
        File.ReadLines("/proc/self/status")
            .First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];

    public void Dispose()
    {
        optimizer.Dispose();
        gradients.Dispose();
        model.Dispose();
        tokens.Dispose();
    }
}
