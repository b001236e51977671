using Encore.Splitting;

namespace Encore.Data.Tests;

public sealed class SplitWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> ProtocolsAndFormats
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string protocol in Protocols.Names)
            {
                data.Add(protocol, "tsv");
                data.Add(protocol, "csv");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ProtocolsAndFormats))]
    public void Write_AnyProtocol_ReadsBackToTheSameMatrices(string protocol, string format)
    {
        var log = Mixed(timed: true);
        var split = Protocols.Create(protocol, new ProtocolOptions { MinimumRating = protocol == "rating" ? null : 2 }).Split(log, 3);
        SplitWriter.Write(split, _folder.Path, log, format);
        ShouldBeSame(SplitReader.ReadFolder(_folder.Path), split);
        SplitReader.ProtocolOf(_folder.Path).ShouldBe(protocol);
    }

    [Fact]
    public void Write_WithoutTheLog_KeepsTheOrderOfTime()
    {
        var split = Protocols.Create("temporal", new ProtocolOptions { MinimumRating = 2 }).Split(Mixed(timed: true), 1);
        SplitWriter.Write(split, _folder.Path);
        File.ReadLines(_folder["train.tsv"]).First().ShouldBe("user\titem");
        ShouldBeSame(SplitReader.ReadFolder(_folder.Path), split);
    }

    [Fact]
    public void Write_WithTheLog_HasItsRatingsAndTimes()
    {
        var log = Interactions.From([
            .. Enumerable.Range(1, 10).SelectMany(u => Enumerable.Range(1, 6).Select(i => new Interaction($"{u}", $"{i}", i % 2 == 0 ? 4.5f : 5, 1_600_000_000_123 + (10 * u) - i)))]);
        SplitWriter.Write(Protocols.Create("leave-last-out").Split(log, 1), _folder.Path, log);
        File.ReadLines(_folder["test_heldout.tsv"]).Take(2).ShouldBe(["user\titem\trating\ttimestamp", "1\t1\t5\t1600000000132"]);
        File.ReadLines(_folder["train.tsv"]).Skip(1).First().ShouldBe("1\t6\t4.5\t1600000000127");
    }

    // Of a log whose ids are partly words, those of a part may all be numbers: they keep their places.
    [Fact]
    public void Write_IdsOfMixedKinds_KeepTheirOrder()
    {
        var split = Protocols.Create("weak", new ProtocolOptions { MinimumRating = 2 }).Split(Mixed(timed: false), 5);
        split.Train.Items.IsInteger.ShouldBeFalse();
        SplitWriter.Write(split, _folder.Path);
        Texts(SplitReader.ReadFolder(_folder.Path).Train.Items).ShouldBe(Texts(split.Train.Items));
    }

    [Fact]
    public void Write_IdWithATab_NeedsCsv()
    {
        var log = Interactions.From([.. Enumerable.Range(0, 10).SelectMany(u => Enumerable.Range(0, 6).Select(i => new Interaction($"u{u}", $"a\tb \"{i}\"\n")))], hasRatings: false);
        var split = Protocols.Create("weak").Split(log, 1);
        Should.Throw<InvalidDataException>(() => SplitWriter.Write(split, _folder.Path)).Message.ShouldContain("a\\tb");
        Directory.GetFiles(_folder.Path, "*.tsv").ShouldBeEmpty();
        using var other = new TempFolder();
        SplitWriter.Write(split, other.Path, log, "csv");
        ShouldBeSame(SplitReader.ReadFolder(other.Path), split);
    }

    [Fact]
    public void Write_FilesThatExist_AreKept()
    {
        _folder.Write("test_history.tsv", "mine");
        var log = Mixed(timed: false);
        var split = Protocols.Create("weak", new ProtocolOptions { MinimumRating = 2 }).Split(log, 1);
        Should.Throw<IOException>(() => SplitWriter.Write(split, _folder.Path, log)).Message.ShouldContain("test_history.tsv already exists");
        File.ReadAllText(_folder["test_history.tsv"]).ShouldBe("mine");
        File.Exists(_folder["train.tsv"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}", "found no description of a split")]
    [InlineData("null", "found version ")]
    [InlineData("[]", "found no description of a split")]
    public void ReadFolder_AnotherManifest_IsRefused(string json, string expected)
    {
        _folder.Write("split.json", json);
        var error = Should.Throw<InvalidDataException>(() => SplitReader.ReadFolder(_folder.Path));
        error.Message.ShouldContain("split.json");
        error.Message.ShouldContain(expected);
    }

    [Fact]
    public void Write_Candidates_AreInFilesOfTheirOwn()
    {
        var split = Protocols.Create("cold-items", new ProtocolOptions { MinimumRating = 2, HeldOutItems = 3 }).Split(Mixed(timed: false), 1);
        SplitWriter.Write(split, _folder.Path).ShouldBe([
            "train.tsv", "validation_history.tsv", "validation_heldout.tsv", "validation_candidates.tsv",
            "test_history.tsv", "test_heldout.tsv", "test_candidates.tsv", "items.tsv", "split.json"]);
        File.ReadAllLines(_folder["test_candidates.tsv"]).ShouldBe(["item", .. split.Test.Candidates!.Select(i => split.Train.Items[i])]);
        File.ReadAllText(_folder["split.json"]).ShouldContain("\"candidates\": true");

        // What was written and is gone, or is not what it was, is no split.
        File.AppendAllText(_folder["test_candidates.tsv"], "nothing\n");
        Should.Throw<InvalidDataException>(() => SplitReader.ReadFolder(_folder.Path)).Message.ShouldContain("test_candidates.tsv");
        File.WriteAllText(_folder["test_candidates.tsv"], $"item\n{split.Train.Items[split.Test.Candidates![0]]}\n");
        Should.Throw<InvalidDataException>(() => SplitReader.ReadFolder(_folder.Path)).Message.ShouldContain("is held out and is no candidate");
        File.Delete(_folder["test_candidates.tsv"]);
        Should.Throw<FileNotFoundException>(() => SplitReader.ReadFolder(_folder.Path)).Message.ShouldContain("found no file test_candidates.tsv, which split.json speaks of");
    }

    [Fact]
    public void Write_NoCandidates_LeavesTheManifestAsItWas()
    {
        SplitWriter.Write(Protocols.Create("strong", new ProtocolOptions { MinimumRating = 2 }).Split(Mixed(timed: false), 1), _folder.Path);
        File.ReadAllText(_folder["split.json"]).ShouldNotContain("andidates", Case.Sensitive);
        Directory.GetFiles(_folder.Path, "*_candidates*").ShouldBeEmpty();
    }

    // Of some test users training knows none of the items: they have neither a history nor anything held out, and stay.
    [Fact]
    public void Write_UsersOfWhomNothingIsLeft_AreKept()
    {
        var log = Interactions.From(Enumerable.Range(0, 30).SelectMany(u => Enumerable.Range(0, 6).Select(i => new Interaction($"{u}", u % 3 != 0 ? $"own{u}-{i}" : $"i{i}", 5))));
        foreach (string protocol in (string[])["strong", "cold-users"])
        {
            using var folder = new TempFolder();
            var split = Protocols.Create(protocol).Split(log, 1);
            SplitWriter.Write(split, folder.Path, log);
            File.Exists(folder["test_users.tsv"]).ShouldBeTrue();
            var read = SplitReader.ReadFolder(folder.Path);
            Texts(read.Test.History.Users).ShouldBe(Texts(split.Test.History.Users));
            Texts(read.Validation!.HeldOut.Users).ShouldBe(Texts(split.Validation!.HeldOut.Users));
        }
    }

    [Fact]
    public void ReadFolder_AFilter_IsRefused()
    {
        var log = Mixed(timed: false);
        SplitWriter.Write(Protocols.Create("weak", new ProtocolOptions { MinimumRating = 2 }).Split(log, 1), _folder.Path, log);
        Should.Throw<ArgumentException>(() => SplitReader.ReadFolder(_folder.Path, filter: new InteractionFilter { MinimumRating = 4, Binarize = true }))
            .Message.ShouldContain("protocol weak");
    }

    // Users with few and many items, ids of both kinds, ties of time, and items that only some part has.
    private static Interactions Mixed(bool timed)
    {
        var rng = new Numerics.Rng(11, 0);
        var rows = new List<Interaction>();
        for (int user = 0; user < 60; user++)
        {
            int count = 5 + (int)(rng.NextUInt64() % 9);
            for (int k = 0; k < count; k++)
            {
                int item = (int)(rng.NextUInt64() % 50);
                string id = item == 49 ? "word" : $"{item + 5}";
                rows.Add(new Interaction($"{user}", id, 1 + (int)(rng.NextUInt64() % 5), timed ? 1_500_000_000 + (long)(rng.NextUInt64() % 40) : null));
            }
        }

        return Interactions.From(rows);
    }

    private static void ShouldBeSame(Split found, Split expected)
    {
        (found.Protocol, found.Description, found.IsRating, found.MinimumRating, found.FitOn)
            .ShouldBe((expected.Protocol, expected.Description, expected.IsRating, expected.MinimumRating, expected.FitOn));
        ShouldBeSame(found.Train, expected.Train);
        ShouldBeSame(found.Validation!.HeldOut, expected.Validation!.HeldOut);
        bool nothing = expected.Protocol == "cold-users"; // is known of them
        ShouldBeSame(found.Validation.History, expected.Validation.History, nothing);
        ShouldBeSame(found.Test.History, expected.Test.History, nothing);
        found.Validation.Candidates.ShouldBe(expected.Validation.Candidates);
        found.Test.Candidates.ShouldBe(expected.Test.Candidates);
        ShouldBeSame(found.Test.HeldOut, expected.Test.HeldOut);
        (found.TrainAndValidation is null).ShouldBe(expected.TrainAndValidation is null);
        if (expected.TrainAndValidation is { } both)
        {
            ShouldBeSame(found.TrainAndValidation!, both);
        }
    }

    private static void ShouldBeSame(InteractionMatrix found, InteractionMatrix expected, bool isEmpty = false)
    {
        Texts(found.Users).ShouldBe(Texts(expected.Users));
        Texts(found.Items).ShouldBe(Texts(expected.Items));
        found.Csr.Rows.ShouldBe(expected.Csr.Rows);
        (expected.Count == 0).ShouldBe(isEmpty);
        for (int user = 0; user < expected.Users.Count; user++)
        {
            found.Csr.RowIndices(user).ToArray().ShouldBe(expected.Csr.RowIndices(user).ToArray());
            found.Csr.RowValues(user).ToArray().ShouldBe(expected.Csr.RowValues(user).ToArray());
            found.Sequence(user).ToArray().ShouldBe(expected.Sequence(user).ToArray());
        }
    }

    private static string[] Texts(IdMap ids) => [.. Enumerable.Range(0, ids.Count).Select(i => ids[i])];
}
