using System.Diagnostics;
using Encore.Storage;

namespace Encore.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-atomic-").FullName;

    private string Place => Path.Combine(_folder, "file.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_HasItsNameOnlyOnceItIsComplete()
    {
        File.WriteAllText(Place, "before");
        AtomicFile.Write(Place, stream =>
        {
            stream.Write("half"u8);
            stream.Flush();
            File.ReadAllText(Place).ShouldBe("before");
            AtomicFile.IsTemporary(Directory.GetFiles(_folder).Single(f => f != Place)).ShouldBeTrue();
            stream.Write(" and whole"u8);
        });
        File.ReadAllText(Place).ShouldBe("half and whole");
        Directory.GetFiles(_folder).ShouldBe([Place]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_ThatThrows_LeavesWhatWasThere_AndNothingElse(bool wasThere)
    {
        if (wasThere)
        {
            File.WriteAllText(Place, "before");
        }

        Should.Throw<InvalidDataException>(() => AtomicFile.Write(Place, stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidDataException("half-way");
        })).Message.ShouldBe("half-way");
        Directory.GetFiles(_folder).ShouldBe(wasThere ? [Place] : []);
        if (wasThere)
        {
            File.ReadAllText(Place).ShouldBe("before");
        }
    }

    [Fact]
    public void Write_OnAFullDisk_LeavesWhatWasThere_AndNothingElse()
    {
        // A disk of 64 kB, where this process may mount one.
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", _folder), "no disk can be mounted here");
        try
        {
            File.WriteAllText(Place, "before");
            Should.Throw<IOException>(() => AtomicFile.Write(Place, stream => stream.Write(new byte[200_000])));

            // Less than a buffer in all: the disk is full when the file is flushed.
            File.WriteAllBytes(Path.Combine(_folder, "other"), new byte[40_000]);
            Should.Throw<IOException>(() => AtomicFile.Write(Place, stream => stream.Write(new byte[30_000])));
            Directory.GetFiles(_folder).Length.ShouldBe(2);
            File.ReadAllText(Place).ShouldBe("before");
            AtomicFile.WriteText(Place, "after");
            File.ReadAllText(Place).ShouldBe("after");
        }
        finally
        {
            Run("umount", _folder).ShouldBeTrue();
        }
    }

    [Fact]
    public void Write_InAFolderThatIsReadOnly_SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "folders of another kind");

        // A privileged process may write to any folder but the kernel's.
        string folder = Environment.IsPrivilegedProcess ? "/sys" : Directory.CreateDirectory(Path.Combine(_folder, "closed")).FullName;
        if (!Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        string path = Path.Combine(folder, "encore-file.txt");
        Should.Throw<UnauthorizedAccessException>(() => AtomicFile.WriteText(path, "text")).Message.ShouldContain(path);
        File.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public void Write_InAFolderThatIsNotThere_IsAnError() =>
        Should.Throw<DirectoryNotFoundException>(() => AtomicFile.WriteText(Path.Combine(_folder, "none", "file.txt"), "text"));

    [Fact]
    public async Task Write_OfSeveralAtOnce_IsAlwaysTheFileOfOne()
    {
        const int Length = 300_000, Times = 40;
        AtomicFile.Write(Place, stream => stream.Write(Filled(0)));
        bool ended = false;
        var reader = Task.Run(() =>
        {
            int read = 0;
            for (; !Volatile.Read(ref ended); read++)
            {
                byte[] bytes = File.ReadAllBytes(Place);
                bytes.Length.ShouldBe(Length);
                bytes.AsSpan().IndexOfAnyExcept(bytes[0]).ShouldBe(-1);
            }

            return read;
        }, TestContext.Current.CancellationToken);
        var writers = Enumerable.Range(1, 3).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < Times; i++)
            {
                AtomicFile.Write(Place, stream =>
                {
                    byte[] bytes = Filled((byte)writer);
                    stream.Write(bytes, 0, Length / 2);
                    stream.Write(bytes, Length / 2, Length - (Length / 2));
                });
            }
        }, TestContext.Current.CancellationToken)).ToArray();
        await Task.WhenAll(writers);
        Volatile.Write(ref ended, true);
        (await reader).ShouldBeGreaterThan(0);
        Directory.GetFiles(_folder).ShouldBe([Place]);

        static byte[] Filled(byte with)
        {
            byte[] bytes = new byte[Length];
            bytes.AsSpan().Fill(with);
            return bytes;
        }
    }

    [Fact]
    public void Write_OfAFileThatMustNotBeThere_LeavesTheOneThatIs()
    {
        AtomicFile.WriteText(Place, "first", overwrite: false);
        Should.Throw<IOException>(() => AtomicFile.WriteText(Place, "second", overwrite: false)).Message.ShouldContain(Place);
        File.ReadAllText(Place).ShouldBe("first");
        Directory.GetFiles(_folder).ShouldBe([Place]);
    }

    [Fact]
    public void Commit_OfAFileThatSomebodyElseWroteByName_RenamesIt()
    {
        using (var file = new AtomicFile(Place))
        {
            Directory.GetFiles(_folder).ShouldBeEmpty("who writes by name makes the file");
            File.WriteAllText(file.TemporaryPath, "by name");
            file.Commit();
            Should.Throw<ObjectDisposedException>(file.Commit);
        }

        File.ReadAllText(Place).ShouldBe("by name");
        using (var left = new AtomicFile(Place))
        {
            File.WriteAllText(left.TemporaryPath, "left");
        }

        File.ReadAllText(Place).ShouldBe("by name");
        Directory.GetFiles(_folder).ShouldBe([Place]);
    }

    [Fact]
    public void WriteText_IsUtf8WithoutAMark()
    {
        AtomicFile.WriteText(Place, "é");
        File.ReadAllBytes(Place).ShouldBe([0xc3, 0xa9]);
    }

    [Theory]
    [InlineData("model.encore.0123456789abcdef.tmp", true)]
    [InlineData("model.encore.4711.tmp", true)] // of an earlier release, with the process's number
    [InlineData("model.tmp", false)]
    [InlineData("notes.draft.tmp", false)]
    [InlineData("notes..tmp", false)]
    [InlineData("model.encore.0123456789abcdef", false)]
    public void IsTemporary_KnowsWhatAKilledProcessLeft(string name, bool expected) =>
        AtomicFile.IsTemporary(Path.Combine(_folder, name)).ShouldBe(expected);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
