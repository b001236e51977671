using System.Runtime.InteropServices;
using Encore.Cli;

using var stop = new CancellationTokenSource();

// The first Ctrl-C asks the work to stop; a second one ends the process the system's way.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await EncoreTool.RunAsync(args, null, stop.Token).ConfigureAwait(false);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
