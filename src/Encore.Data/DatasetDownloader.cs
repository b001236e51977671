using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Encore.Data;

/// <summary>
/// Brings a data set into a folder: downloaded, resumed where an earlier try was cut off, verified, unpacked; or taken
/// from an archive or a folder that is already there.
/// </summary>
public sealed class DatasetDownloader : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _cache;

    /// <summary>A downloader into a cache folder.</summary>
    /// <param name="cache">The folder. Default: <see cref="DatasetCatalog.CacheFolder"/>.</param>
    public DatasetDownloader(string? cache = null)
    {
        _cache = cache ?? DatasetCatalog.CacheFolder;
        _http = new HttpClient { Timeout = TimeSpan.FromSeconds(100) };
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Downloads a data set, unless it is there.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="progress">Told the bytes that are here and, where known, the size of all.</param>
    /// <param name="cancellationToken">Stops the download; what came so far stays and is resumed the next time.</param>
    /// <returns>The file of interactions.</returns>
    /// <exception cref="IOException">The publisher cannot be reached or refuses; the message says where to put a copy by
    /// hand.</exception>
    /// <exception cref="InvalidDataException">What came is not the publisher's archive.</exception>
    public async Task<string> GetAsync(
        Dataset dataset, IProgress<(long Received, long? Total)>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        string file = Path.Combine(_cache, dataset.Name, dataset.File);
        if (File.Exists(file))
        {
            return file;
        }

        Directory.CreateDirectory(_cache);
        string archive = Path.Combine(_cache, Path.GetFileName(dataset.Address.LocalPath)), part = archive + ".part";
        if (!File.Exists(archive))
        {
            try
            {
                await DownloadAsync(dataset, part, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is HttpRequestException or IOException
                || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                string kept = File.Exists(part) ? $" What came so far ({new FileInfo(part).Length:N0} bytes) is kept; the same command goes on from there." : "";
                throw new IOException(
                    $"{dataset.Address} could not be downloaded: {error.Message}{kept} Without a connection, put the archive at {archive}, or give it with --from FILE.", error);
            }

            Verify(dataset, part, discard: true);
            File.Move(part, archive, overwrite: true);
            File.Delete(Tag(part));
        }

        return Install(dataset, archive);
    }

    /// <summary>Takes a data set from an archive or an unpacked folder.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="source">The publisher's archive, or a folder with its files.</param>
    /// <returns>The file of interactions.</returns>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">It is not the publisher's archive, or lacks the interactions.</exception>
    public string Install(Dataset dataset, string source)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(source);
        string target = Path.Combine(_cache, dataset.Name), temporary = target + ".new";
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }

        if (Directory.Exists(source))
        {
            string found = Directory.EnumerateFiles(source, dataset.File, SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault()
                ?? throw new InvalidDataException($"{source}: found no {dataset.File}, expected the files of {dataset.Name}.");
            Directory.CreateDirectory(temporary);
            foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(found)!))
            {
                File.Copy(file, Path.Combine(temporary, Path.GetFileName(file)));
            }
        }
        else if (File.Exists(source))
        {
            Verify(dataset, source, discard: false);
            Unpack(dataset, source, temporary);
        }
        else
        {
            throw new FileNotFoundException($"Found no file or folder {source}.", source);
        }

        // Complete before it has its name, so that a cut leaves no half a data set.
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(temporary, target);
        return Path.Combine(target, dataset.File);
    }

    private async Task DownloadAsync(
        Dataset dataset, string part, IProgress<(long, long?)>? progress, CancellationToken cancellationToken)
    {
        long have = File.Exists(part) ? new FileInfo(part).Length : 0;
        if (dataset.Size is { } size && have >= size)
        {
            if (have == size)
            {
                return;
            }

            File.Delete(part);
            have = 0;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, dataset.Address);
        if (have > 0)
        {
            // A publisher who replaced the archive since then sends the new one whole.
            request.Headers.Range = new RangeHeaderValue(have, null);
            request.Headers.IfRange = File.Exists(Tag(part)) ? RangeConditionHeaderValue.Parse(File.ReadAllText(Tag(part))) : null;
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (have > 0 && (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
            || (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From != have)))
        {
            // What is here is not a beginning of what is there: it was replaced. Start again.
            File.Delete(part);
            await DownloadAsync(dataset, part, progress, cancellationToken).ConfigureAwait(false);
            return;
        }

        response.EnsureSuccessStatusCode();
        bool resumed = response.StatusCode == HttpStatusCode.PartialContent;
        have = resumed ? have : 0;
        long? total = response.Content.Headers.ContentLength is { } rest ? have + rest : dataset.Size;
        Remember(part, response.Headers.ETag);
        using var input = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var output = new FileStream(part, resumed ? FileMode.Append : FileMode.Create, FileAccess.Write);
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            have += read;
            progress?.Report((have, total));
        }

        if (total is not null && have < total)
        {
            throw new IOException($"the connection ended after {have:N0} of {total:N0} bytes.");
        }
    }

    // What the publisher calls this version of the archive, beside what came of it.
    private static string Tag(string part) => part + ".etag";

    private static void Remember(string part, EntityTagHeaderValue? tag)
    {
        if (tag is { IsWeak: false })
        {
            File.WriteAllText(Tag(part), tag.ToString());
        }
        else
        {
            File.Delete(Tag(part));
        }
    }

    private static void Verify(Dataset dataset, string archive, bool discard)
    {
        long size = new FileInfo(archive).Length;
        string? found = dataset.Size is { } expected && size != expected ? $"{size:N0} bytes, expected {expected:N0}" : null;
        if (found is null && dataset.Md5 is not null)
        {
            using var stream = File.OpenRead(archive);
#pragma warning disable CA5351 // The publisher's checksum is MD5; it guards against a damaged copy.
            string md5 = Convert.ToHexStringLower(MD5.HashData(stream));
#pragma warning restore CA5351
            found = md5 == dataset.Md5 ? null : $"MD5 {md5}, expected the publisher's {dataset.Md5}";
        }

        if (found is not null)
        {
            if (discard)
            {
                File.Delete(archive);
            }

            throw new InvalidDataException(
                $"{archive}: found {found}. It is not the archive at {dataset.Address}{(discard ? "; it was deleted, so that the next try starts afresh" : "")}.");
        }
    }

    // The archives hold one folder of plain files; only the names of files are taken, so none lands elsewhere.
    private static void Unpack(Dataset dataset, string archive, string folder)
    {
        try
        {
            using var zip = ZipFile.OpenRead(archive);
            var main = zip.Entries.FirstOrDefault(e => e.Name == dataset.File)
                ?? throw new InvalidDataException($"found no {dataset.File}");
            string prefix = main.FullName[..^main.Name.Length];
            Directory.CreateDirectory(folder);
            foreach (var entry in zip.Entries.Where(e => e.Name.Length > 0 && e.FullName == prefix + e.Name))
            {
                entry.ExtractToFile(Path.Combine(folder, Safe(entry.Name)));
            }
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{archive}: {error.Message.TrimEnd('.')}; expected the archive of {dataset.Name}.", error);
        }
    }

    // On another system than its archive's, a name may hold what separates folders here.
    private static string Safe(string name) => name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':']) < 0
        ? name
        : throw new InvalidDataException($"found an entry named {name}, which would be unpacked elsewhere");
}
