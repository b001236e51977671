using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Encore.Data.Tests;

public sealed class DatasetDownloaderTests : IDisposable
{
    private static readonly byte[] Archive = Zip(("tiny/ratings.csv", Ratings()), ("tiny/README", "read me"), ("tiny/", ""));

    private readonly TempFolder _cache = new();
    private readonly DatasetDownloader _downloader;

    public DatasetDownloaderTests() => _downloader = new DatasetDownloader(_cache.Path);

    private string Part => _cache["tiny.zip.part"];

    private string Installed => Path.Combine(_cache.Path, "tiny", "ratings.csv");

    public void Dispose()
    {
        _downloader.Dispose();
        _cache.Dispose();
    }

    // Digits that do not compress to nothing: the archive has to be longer than a few packets.
    private static string Ratings() => "userId,movieId,rating\n" + string.Concat(Enumerable.Range(0, 40_000)
        .Select(k => string.Create(CultureInfo.InvariantCulture, $"{k},{k * 48_271L % 2_147_483_647},{1 + (k % 5)}\n")));

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }

    private static Dataset Tiny(Uri? address = null, bool verified = true) => new()
    {
        Name = "tiny",
        Title = "A tiny data set",
        Address = address ?? new Uri("http://127.0.0.1:9/files/tiny.zip"),
        Size = verified ? Archive.Length : null,
#pragma warning disable CA5351 // As the publisher's checksum.
        Md5 = verified ? Convert.ToHexStringLower(MD5.HashData(Archive)) : null,
#pragma warning restore CA5351
        File = "ratings.csv",
        Licence = "none",
        Citation = "none",
    };

    [Fact]
    public async Task Get_FirstTime_DownloadsVerifiesAndUnpacks()
    {
        using var server = new ArchiveServer(Archive);
        var progress = new Recorder<(long Received, long? Total)>();
        string file = await _downloader.GetAsync(Tiny(server.Address), progress);
        file.ShouldBe(Installed);
        File.ReadAllText(file).ShouldBe(Ratings());
        File.ReadAllText(Path.Combine(_cache.Path, "tiny", "README")).ShouldBe("read me");
        File.Exists(Part).ShouldBeFalse();
        progress.All[^1].ShouldBe((Archive.Length, Archive.Length));
        progress.All.Select(p => p.Received).ShouldBeInOrder();
        InteractionReader.Read(file).Count.ShouldBe(40_000);
    }

    [Fact]
    public async Task Get_SecondTime_AsksNobody()
    {
        using var server = new ArchiveServer(Archive);
        await _downloader.GetAsync(Tiny(server.Address));
        (await _downloader.GetAsync(Tiny())).ShouldBe(Installed);
        server.Ranges.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Get_ArchiveAlreadyThere_AsksNobody()
    {
        _cache.Write("tiny.zip", Archive);
        (await _downloader.GetAsync(Tiny())).ShouldBe(Installed);
    }

    [Fact]
    public async Task Get_ConnectionLost_KeepsThePartAndResumes()
    {
        using var server = new ArchiveServer(Archive) { BreaksAfter = 100_000, ETag = "\"v1\"" };
        string message = (await Should.ThrowAsync<IOException>(() => _downloader.GetAsync(Tiny(server.Address)))).Message;
        message.ShouldStartWith($"{server.Address} could not be downloaded: ");
        message.ShouldContain("What came so far (100,000 bytes) is kept; the same command goes on from there.");
        message.ShouldContain($"put the archive at {_cache["tiny.zip"]}, or give it with --from FILE.");
        File.ReadAllBytes(Part).ShouldBe(Archive[..100_000]);

        server.BreaksAfter = null;
        var progress = new Recorder<(long Received, long? Total)>();
        await _downloader.GetAsync(Tiny(server.Address), progress);
        server.Ranges.ShouldBe(["", "bytes=100000-"]);
        progress.All[0].Received.ShouldBeGreaterThan(100_000);
        progress.All[^1].ShouldBe((Archive.Length, Archive.Length));
        File.ReadAllText(Installed).ShouldBe(Ratings());
        Directory.EnumerateFiles(_cache.Path).Select(Path.GetFileName).ShouldBe(["tiny.zip"]);
    }

    [Fact]
    public async Task Get_ServerIgnoresRange_StartsOver()
    {
        _cache.Write("tiny.zip.part", Archive[..1000]);
        using var server = new ArchiveServer(Archive) { IgnoresRange = true };
        await _downloader.GetAsync(Tiny(server.Address));
        server.Ranges.ShouldBe(["bytes=1000-"]);
        File.ReadAllText(Installed).ShouldBe(Ratings());
    }

    [Fact]
    public async Task Get_ServerSendsAnotherPart_StartsOver()
    {
        _cache.Write("tiny.zip.part", Archive[..1000]);
        using var server = new ArchiveServer(Archive) { SendsWrongPart = true };
        await _downloader.GetAsync(Tiny(server.Address, verified: false));
        server.Ranges.ShouldBe(["bytes=1000-", ""]);
        File.ReadAllText(Installed).ShouldBe(Ratings());
    }

    [Fact]
    public async Task Get_ArchiveReplacedMeanwhile_IsNotJoinedToTheOldPart()
    {
        using var server = new ArchiveServer(Archive) { BreaksAfter = 5000, ETag = "\"v1\"" };
        await Should.ThrowAsync<IOException>(() => _downloader.GetAsync(Tiny(server.Address, verified: false)));
        byte[] replaced = File.ReadAllBytes(Part);
        replaced.AsSpan().Reverse();
        File.WriteAllBytes(Part, replaced); // what an older version of the archive began with
        (server.BreaksAfter, server.ETag) = (null, "\"v2\"");
        await _downloader.GetAsync(Tiny(server.Address, verified: false));
        File.ReadAllText(Installed).ShouldBe(Ratings());
    }

    [Fact]
    public async Task Get_PartBeyondTheArchive_StartsOver()
    {
        _cache.Write("tiny.zip.part", new byte[Archive.Length + 10]);
        using var server = new ArchiveServer(Archive);
        await _downloader.GetAsync(Tiny(server.Address, verified: false));
        server.Ranges.ShouldBe([$"bytes={Archive.Length + 10}-", ""]);
        File.ReadAllText(Installed).ShouldBe(Ratings());
    }

    [Fact]
    public async Task Get_PartLongerThanTheKnownSize_StartsOver()
    {
        _cache.Write("tiny.zip.part", new byte[Archive.Length + 10]);
        using var server = new ArchiveServer(Archive);
        await _downloader.GetAsync(Tiny(server.Address));
        server.Ranges.ShouldBe([""]);
    }

    [Fact]
    public async Task Get_PartComplete_IsOnlyVerified()
    {
        _cache.Write("tiny.zip.part", Archive);
        (await _downloader.GetAsync(Tiny())).ShouldBe(Installed);
    }

    [Theory]
    [InlineData("416 Range Not Satisfiable", "416")]
    [InlineData("404 Not Found", "404")]
    [InlineData("503 Service Unavailable", "503")]
    public async Task Get_ServerRefuses_SaysSoAndWhereToPutACopy(string status, string code)
    {
        using var server = new ArchiveServer(Archive) { Status = status };
        string message = (await Should.ThrowAsync<IOException>(() => _downloader.GetAsync(Tiny(server.Address)))).Message;
        message.ShouldContain(code);
        message.ShouldContain($"put the archive at {_cache["tiny.zip"]}, or give it with --from FILE.");
        Directory.Exists(Path.GetDirectoryName(Installed)).ShouldBeFalse();
    }

    [Fact]
    public async Task Get_Offline_SaysWhereToPutWhichFile()
    {
        Uri nobody;
        using (var server = new ArchiveServer(Archive))
        {
            nobody = server.Address;
        }

        string message = (await Should.ThrowAsync<IOException>(() => _downloader.GetAsync(Tiny(nobody)))).Message;
        message.ShouldStartWith($"{nobody} could not be downloaded: ");
        message.ShouldEndWith($"Without a connection, put the archive at {_cache["tiny.zip"]}, or give it with --from FILE.");
    }

    [Fact]
    public async Task Get_Cancelled_KeepsThePart()
    {
        using var server = new ArchiveServer(Archive) { BreaksAfter = 70_000, Stalls = true };
        using var cancellation = new CancellationTokenSource();
        var progress = new CancelAt(70_000, cancellation);
        await Should.ThrowAsync<OperationCanceledException>(() => _downloader.GetAsync(Tiny(server.Address), progress, cancellation.Token));
        File.ReadAllBytes(Part).ShouldBe(Archive[..70_000]);
    }

    [Fact]
    public async Task Get_WrongBytes_AreRefusedAndDeleted()
    {
        byte[] damaged = [.. Archive];
        damaged[5000] ^= 1;
        using var server = new ArchiveServer(damaged);
        string message = (await Should.ThrowAsync<InvalidDataException>(() => _downloader.GetAsync(Tiny(server.Address)))).Message;
        message.ShouldStartWith($"{Part}: found MD5 ");
        message.ShouldContain($"expected the publisher's {Tiny().Md5}");
        message.ShouldEndWith("it was deleted, so that the next try starts afresh.");
        Directory.EnumerateFileSystemEntries(_cache.Path).Where(f => !f.EndsWith(".etag", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Get_WrongSize_IsRefused()
    {
        using var server = new ArchiveServer([.. Archive, 0]);
        (await Should.ThrowAsync<InvalidDataException>(() => _downloader.GetAsync(Tiny(server.Address)))).Message
            .ShouldContain(FormattableString.Invariant($"found {Archive.Length + 1:N0} bytes, expected {Archive.Length:N0}"));
    }

    [Fact]
    public void Install_Archive_IsVerifiedAndUnpacked()
    {
        string path = _cache.Write("elsewhere/copy.zip", Archive);
        _downloader.Install(Tiny(), path).ShouldBe(Installed);
        File.ReadAllText(Installed).ShouldBe(Ratings());
        File.Exists(path).ShouldBeTrue();
    }

    [Fact]
    public void Install_WrongArchive_IsRefusedAndKept()
    {
        string path = _cache.Write("elsewhere/copy.zip", Archive[..^1]);
        string message = Should.Throw<InvalidDataException>(() => _downloader.Install(Tiny(), path)).Message;
        message.ShouldStartWith($"{path}: found ");
        message.ShouldNotContain("deleted");
        (File.Exists(path), File.Exists(Installed)).ShouldBe((true, false));
    }

    [Fact]
    public void Install_NoArchiveAtAll_SaysSo()
    {
        string path = _cache.Write("elsewhere/copy.zip", "this is no archive");
        string message = Should.Throw<InvalidDataException>(() => _downloader.Install(Tiny(verified: false), path)).Message;
        message.ShouldStartWith($"{path}: ");
        message.ShouldEndWith("; expected the archive of tiny.");
    }

    [Fact]
    public void Install_ArchiveOfSomethingElse_SaysWhatIsMissing()
    {
        string path = _cache.Write("elsewhere/copy.zip", Zip(("other/u.data", "1\t2\t3\t4\n")));
        Should.Throw<InvalidDataException>(() => _downloader.Install(Tiny(verified: false), path)).Message
            .ShouldBe($"{path}: found no ratings.csv; expected the archive of tiny.");
    }

    [Fact]
    public void Install_Folder_TakesTheFilesBesideTheInteractions()
    {
        _cache.Write("elsewhere/deep/ratings.csv", "userId,movieId,rating\n1,2,3\n");
        _cache.Write("elsewhere/deep/movies.csv", "movieId,title,genres\n2,Two,x\n");
        _cache.Write("elsewhere/private.txt", "no");
        string file = _downloader.Install(Tiny(), _cache["elsewhere"]);
        Directory.EnumerateFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName).Order().ShouldBe(["movies.csv", "ratings.csv"]);
        InteractionReader.Read(file).ItemTitles!["2"].ShouldBe("Two");
    }

    [Fact]
    public void Install_Again_ReplacesWhatWasThere()
    {
        _cache.Write("tiny/ratings.csv", "old");
        _cache.Write("tiny/stale.txt", "old");
        _cache.Write("tiny.new/half.txt", "cut off");
        _downloader.Install(Tiny(), _cache.Write("copy.zip", Archive));
        Directory.EnumerateFiles(_cache["tiny"]).Select(Path.GetFileName).Order().ShouldBe(["README", "ratings.csv"]);
        Directory.Exists(_cache["tiny.new"]).ShouldBeFalse();
    }

    [Fact]
    public void Install_FolderWithoutTheInteractions_SaysSo()
    {
        _cache.Write("elsewhere/readme.txt", "no");
        Should.Throw<InvalidDataException>(() => _downloader.Install(Tiny(), _cache["elsewhere"])).Message
            .ShouldBe($"{_cache["elsewhere"]}: found no ratings.csv, expected the files of tiny.");
    }

    [Fact]
    public void Install_NoSuchSource_SaysSo() =>
        Should.Throw<FileNotFoundException>(() => _downloader.Install(Tiny(), _cache["none.zip"])).Message
            .ShouldBe($"Found no file or folder {_cache["none.zip"]}.");

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("tiny/../../evil.txt")]
    [InlineData("/evil.txt")]
    [InlineData("tiny/sub/evil.txt")]
    public void Install_EntriesOutsideTheFolder_AreNotUnpacked(string name)
    {
        string path = _cache.Write("copy.zip", Zip((name, "evil"), ("tiny/ratings.csv", "1,2\n")));
        _downloader.Install(Tiny(verified: false), path);
        Directory.EnumerateFiles(_cache.Path, "*", SearchOption.AllDirectories).ShouldBe([path, Installed], ignoreOrder: true);
        File.Exists(Path.Combine(_cache.Path, "..", "evil.txt")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("tiny/..\\..\\evil.txt")]
    [InlineData("tiny/..")]
    [InlineData("tiny/C:evil.txt")]
    public void Install_EntriesThatLeaveTheFolderSomewhere_AreRefused(string name)
    {
        string path = _cache.Write("copy.zip", Zip(("tiny/ratings.csv", "1,2\n"), (name, "evil")));
        Should.Throw<InvalidDataException>(() => _downloader.Install(Tiny(verified: false), path)).Message
            .ShouldBe($"{path}: found an entry named {name["tiny/".Length..]}, which would be unpacked elsewhere; expected the archive of tiny.");
        File.Exists(Installed).ShouldBeFalse();
    }

    [Fact]
    public void Install_InteractionsAboveTheFolder_LandInIt()
    {
        string path = _cache.Write("copy.zip", Zip(("../ratings.csv", "1,2\n")));
        _downloader.Install(Tiny(verified: false), path).ShouldBe(Installed);
        Directory.EnumerateFiles(_cache.Path, "*", SearchOption.AllDirectories).ShouldBe([path, Installed], ignoreOrder: true);
    }

    private sealed class CancelAt(long received, CancellationTokenSource cancellation) : IProgress<(long Received, long? Total)>
    {
        public void Report((long Received, long? Total) value)
        {
            if (value.Received >= received)
            {
                cancellation.Cancel();
            }
        }
    }
}
