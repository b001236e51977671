namespace Encore.Tracking.Mlflow;

/// <summary>Where and how <see cref="MlflowSink"/> writes. Who it is comes from the environment: <c>MLFLOW_TRACKING_TOKEN</c>, or
/// <c>MLFLOW_TRACKING_USERNAME</c> and <c>MLFLOW_TRACKING_PASSWORD</c>.</summary>
public sealed record MlflowOptions
{
    /// <summary>The server's address, such as <c>http://localhost:5000</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The experiment that runs go to; it is made if it is not there.</summary>
    /// <value>The default value is <c>Encore</c>.</value>
    public string Experiment { get; init; } = "Encore";

    /// <summary>How long one request may take; files may take ten minutes.</summary>
    /// <value>The default value is 10 seconds.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long figures are collected before they are sent together.</summary>
    /// <value>The default value is 1 second.</value>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first wait before a request is tried again; each further one is twice as long, up to 30 seconds. Requests
    /// are tried again after answers of 408, 429 and above 500, and where no connection comes about; after an answer of 500
    /// once, as the same request mostly gets the same answer.</summary>
    /// <value>The default value is half a second.</value>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How often a request is sent before a run gives up on the server. The ones before a run begins are sent at most
    /// three times: somebody waits.</summary>
    /// <value>The default value is 8: about a minute.</value>
    public int Attempts { get; init; } = 8;

    /// <summary>How long the end of a run waits for what has not been sent; longer while a file gets through.</summary>
    /// <value>The default value is 30 seconds.</value>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Lines that may wait to be sent; what comes on top is left out, and said.</summary>
    /// <value>The default value is 100,000.</value>
    public int Capacity { get; init; } = 100_000;

    /// <summary>Told once a run, in words, that the server failed for good, or that something is not sent; from any thread. The
    /// run goes on.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>The clock; null: the system's.</summary>
    public TimeProvider? Time { get; init; }
}
