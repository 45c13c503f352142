using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Cli.Processes;

/// <summary><c>--devices N</c>: this command once a GPU of this machine, or N times on its processors.</summary>
internal static class DeviceLaunch
{
    /// <summary>How long the others may take to save and end when one has ended badly.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    /// <param name="args">As typed after lcs, without <c>--devices</c>.</param>
    /// <param name="device">As in <c>--device</c>.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        IReadOnlyList<string> args,
        int devices,
        string device,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        Torch.Native.LibTorch.Load();
        var gpus = device == "cpu" ? 0 : CudaDriver.Devices().Count;
        if (gpus == 0 && device is not ("auto" or "cpu") || gpus > 0 && devices > gpus)
            throw new LinearScalingException(
                $"--devices {devices}: this machine has {gpus} GPU(s); lcs doctor says what was found"
            );
        var starts = gpus > 0 ? OnGpus(args, devices) : [OnProcessors(args, devices)];
        var codes = Await([.. starts.Select(s => Process.Start(s)!)], cancellationToken);
        var (rank, code) = codes.Index().MaxBy(c => c.Item is 0 or 130 ? c.Item : 1000 + c.Item);
        if (code is > 2 and not 130)
            error.WriteLine(
                $"{(gpus > 0 ? $"rank {rank}" : "one of the processes")} was ended by {Signal(code)}; the same command "
                    + "goes on from the last checkpoint"
            );
        return code;
    }

    /// <summary>MPICH's launcher gives the signal, others 128 more.</summary>
    private static string Signal(int code) =>
        code is > 0 and < 32 ? $"signal {code}"
        : code is > 128 and < 160 ? $"signal {code - 128}"
        : $"exit code {code}";

    private static ProcessStartInfo OnProcessors(IReadOnlyList<string> args, int devices)
    {
        var launcher =
            MpiLauncher.Find()
            ?? throw new LinearScalingException(
                $"--devices {devices}: several processes on CPUs need MPI, and no mpiexec or mpirun is on the PATH; "
                    + "install MPICH or Open MPI, or leave --devices out: one process uses all cores"
            );
        var start = launcher.Start(devices, LcsChild.StartInfo(args));
        ParentPipe.Attach(start, ofFirstRank: true);
        return start;
    }

    private static List<ProcessStartInfo> OnGpus(IReadOnlyList<string> args, int devices)
    {
        var (port, token) = (FreePort(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        return
        [
            .. Enumerable
                .Range(0, devices)
                .Select(rank =>
                {
                    var start = LcsChild.StartInfo(args);
                    ParentPipe.Attach(start);
                    foreach (
                        var (name, value) in new (string, object)[]
                        {
                            ("RANK", rank),
                            ("WORLD_SIZE", devices),
                            ("LOCAL_RANK", rank),
                            ("LOCAL_WORLD_SIZE", devices),
                            ("MASTER_ADDR", "127.0.0.1"),
                            ("MASTER_PORT", port),
                            (Rendezvous.TokenVariable, token),
                        }
                    )
                        start.Environment[name] = Convert.ToString(value, CultureInfo.InvariantCulture);
                    return start;
                }),
        ];
    }

    /// <summary>Waits for all; when this process is interrupted, or one of them ended badly, the others are asked to
    /// save and end.</summary>
    private static int[] Await(Process[] processes, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var close = stop.Token.Register(() => Array.ForEach(processes, p => p.StandardInput.Close()));
        var ends = Task.WhenAll(
            processes.Select(async p =>
            {
                await p.WaitForExitAsync(CancellationToken.None);
                if (p.ExitCode != 0)
                    await stop.CancelAsync();
            })
        );
        while (!ends.Wait(Grace, CancellationToken.None))
            if (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                Array.ForEach(processes, p => p.Kill(entireProcessTree: true));
        return [.. processes.Select(p => p.ExitCode)];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
