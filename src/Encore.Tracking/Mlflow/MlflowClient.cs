using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Encore.Tracking.Mlflow;

/// <summary>Requests to MLflow's REST API, tried again where that may help. Any thread may send.</summary>
internal sealed class MlflowClient : IDisposable
{
    private const string Api = "api/2.0/mlflow/";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FileTimeout = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http;
    private readonly MlflowOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _root;

    /// <summary>A client.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="environment">The environment's variables by name.</param>
    /// <exception cref="ArgumentException">The address is none of HTTP.</exception>
    public MlflowClient(MlflowOptions options, Func<string, string?> environment)
    {
        if (!options.Url.IsAbsoluteUri || options.Url.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"MLflow's address: found {Shown(options.Url)}, expected one such as http://localhost:5000.", nameof(options));
        }

        (_options, _time) = (options, options.Time ?? TimeProvider.System);

        // A name and password in the address become a header: messages show the address.
        _root = new UriBuilder(options.Url) { UserName = "", Password = "", Query = "", Fragment = "", Path = options.Url.AbsolutePath.TrimEnd('/') + "/" }.Uri;

        // A redirected POST would become a GET, and the header go who knows where.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = options.Timeout }) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = Authorization(options.Url, environment);
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("encore");
    }

    /// <summary>The server's address, without whom it is asked by.</summary>
    public string Address => _root.GetLeftPart(UriPartial.Path).TrimEnd('/');

    /// <summary>Sends a request.</summary>
    /// <param name="path">The call, such as <c>runs/create</c>.</param>
    /// <param name="body">What goes with it.</param>
    /// <param name="attempts">How often it is sent at most.</param>
    /// <param name="repeatable">Whether it may be sent again where nobody knows what became of it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MlflowException">The server refused, or no answer came.</exception>
    public async Task<JsonElement> PostAsync(string path, Action<Utf8JsonWriter> body, int attempts, bool repeatable, CancellationToken cancellation)
    {
        byte[] bytes = Json(body);
        string answer = await SendAsync(HttpMethod.Post, Api + path, () => new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            _options.Timeout, attempts, repeatable, cancellation).ConfigureAwait(false);
        return Parse(path, answer);
    }

    /// <summary>Asks for something.</summary>
    /// <exception cref="MlflowException">The server refused, or no answer came.</exception>
    public async Task<JsonElement> GetAsync(string path, int attempts, CancellationToken cancellation) =>
        Parse(path, await SendAsync(HttpMethod.Get, Api + path, null, _options.Timeout, attempts, repeatable: true, cancellation).ConfigureAwait(false));

    /// <summary>Sends a file to the server's proxy of artefacts.</summary>
    /// <param name="path">Its place, as the run's address of artefacts has it, with its name.</param>
    /// <param name="file">The file, from its beginning.</param>
    /// <param name="sent">Told how many bytes more were taken to be sent.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MlflowException">The server refused, or no answer came.</exception>
    public Task UploadAsync(string path, FileStream file, Action<int> sent, CancellationToken cancellation)
    {
        string escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return SendAsync(HttpMethod.Put, "api/2.0/mlflow-artifacts/artifacts/" + escaped, () =>
        {
            file.Position = 0;
            return new StreamContent(new NotClosing(file, sent)) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        }, FileTimeout, _options.Attempts, repeatable: true, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> SendAsync(
        HttpMethod method, string path, Func<HttpContent>? content, TimeSpan timeout, int attempts, bool repeatable, CancellationToken cancellation)
    {
        int faults = 0;
        for (int attempt = 1; ; attempt++)
        {
            MlflowException failure;
            TimeSpan? asked = null;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limit.CancelAfter(timeout);
                using var request = new HttpRequestMessage(method, new Uri(_root, path)) { Content = content?.Invoke() };
                using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
                string text = await answer.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    return text;
                }

                // Of 500 there are those that pass, such as a database that is locked, and those that come again each time.
                bool passes = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)answer.StatusCode > 500
                    || (answer.StatusCode == HttpStatusCode.InternalServerError && faults++ == 0 && attempts > 1);
                asked = answer.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
                failure = new MlflowException(Message(method, path, Said(answer.StatusCode, text, out string? code)), code, passes);
            }
            catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
            {
                failure = new MlflowException(Message(method, path, string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds:0.##} s")), null, repeatable, error);
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                failure = new MlflowException(Message(method, path, error.Message), null,
                    repeatable || error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }, error);
            }

            if (!failure.Passes || attempt >= attempts)
            {
                throw failure;
            }

            var wait = TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, _options.Backoff.Ticks << Math.Min(attempt - 1, 20)));
            await Task.Delay(asked > wait ? asked < LongestWait ? asked.Value : LongestWait : wait, cancellation).ConfigureAwait(false);
        }
    }

    private string Message(HttpMethod method, string path, string what) => $"MLflow at {Address}: {method} {path.Split('?')[0]}: {what}";

    // {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "…"}, or what stands before the server says.
    private static string Said(HttpStatusCode status, string text, out string? code)
    {
        code = null;
        string message = text;
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                code = json.RootElement.TryGetProperty("error_code", out var c) ? c.ToString() : null;
                message = json.RootElement.TryGetProperty("message", out var m) ? m.ToString() : text;
            }
        }
        catch (JsonException)
        {
            // A proxy's page.
        }

        message = string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        message = message.Length > 300 ? message[..300] + "…" : message;
        return $"answered {(int)status} {code ?? status.ToString()}{(message.Length > 0 ? ": " : "")}{message}";
    }

    private JsonElement Parse(string path, string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException error)
        {
            throw new MlflowException($"MLflow at {Address}: {path.Split('?')[0]}: found {text[..Math.Min(80, text.Length)].ReplaceLineEndings(" ")}, expected JSON; is this an MLflow server?", null, false, error);
        }
    }

    private static string Shown(Uri url) =>
        url.IsAbsoluteUri ? url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped) : url.OriginalString;

    private static byte[] Json(Action<Utf8JsonWriter> body)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static AuthenticationHeaderValue? Authorization(Uri url, Func<string, string?> environment)
    {
        if (environment("MLFLOW_TRACKING_TOKEN") is { Length: > 0 } token)
        {
            return new AuthenticationHeaderValue("Bearer", token);
        }

        string? pair = environment("MLFLOW_TRACKING_USERNAME") is { Length: > 0 } user ? $"{user}:{environment("MLFLOW_TRACKING_PASSWORD")}"
            : url.UserInfo.Length > 0 ? string.Join(':', url.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString))
            : null;
        return pair is null ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    // A content closes its stream after the first attempt.
    private sealed class NotClosing(FileStream file, Action<int> sent) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Told(file.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Told(await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

        private int Told(int bytes)
        {
            sent(bytes);
            return bytes;
        }

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>The server refused, or did not answer.</summary>
/// <param name="message">Address, call and answer.</param>
/// <param name="code">MLflow's code of the error; null: it gave none.</param>
/// <param name="passes">Whether it may be otherwise later.</param>
/// <param name="inner">What is behind it.</param>
internal sealed class MlflowException(string message, string? code, bool passes, Exception? inner = null) : IOException(message, inner)
{
    public string? Code => code;

    public bool Passes => passes;
}
