using System.Runtime.InteropServices;
using System.Text;
using Encore.Cli;

if (OperatingSystem.IsWindows())
{
    // Consoles there have old code pages; results hold λ and ±, and JSON is UTF-8 everywhere.
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
}

using var stop = new CancellationTokenSource();

// The first Ctrl-C asks the work to stop; a second one ends the process the system's way.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await Tool.RunAsync(args, Terminal.System(), stop.Token).ConfigureAwait(false);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
