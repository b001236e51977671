using Encore.Server.Scheduling;

namespace Encore.Server.Tests;

/// <summary>Turns and shares, without a server.</summary>
public sealed class FairQueueTests
{
    private static readonly Client A1 = new("a", "1"), A2 = new("a", "2"), B1 = new("b", "1");

    [Fact]
    public void Next_ManyOfOneConnection_LetsTheOtherIn()
    {
        var queue = new FairQueue<string>();
        Fill(queue, A1, 5);
        queue.Enqueue(A2, "other");
        Serve(queue, 3, _ => 1).ShouldBe(["a1", "other", "a1"]);
    }

    [Fact]
    public void Next_OneIsTenTimesAsDear_ComesATenthAsOften()
    {
        var queue = new FairQueue<string>();
        Fill(queue, A1, 50);
        Fill(queue, B1, 50);
        string[] served = Serve(queue, 44, item => item == "a1" ? 10 : 1);
        served.Count(item => item == "a1").ShouldBe(4);
    }

    [Fact]
    public void Next_ClientWithManyConnections_GetsNoMoreThanOneWithOne()
    {
        var queue = new FairQueue<string>();
        for (int c = 0; c < 20; c++)
        {
            Fill(queue, new Client("a", $"{c}"), 10);
        }

        Fill(queue, B1, 50);
        Serve(queue, 40, _ => 1).Count(item => item == "b1").ShouldBe(20);
    }

    [Fact]
    public void Next_AfterAnAbsence_HasSavedNothingUp()
    {
        var queue = new FairQueue<string>();
        Fill(queue, A1, 30);
        queue.Enqueue(B1, "b1");
        Serve(queue, 21, item => item == "b1" ? 10 : 1); // b has used 10, a 20: neither is ahead
        Fill(queue, B1, 30);
        Serve(queue, 10, _ => 1).Count(item => item == "b1").ShouldBe(5);
    }

    [Fact]
    public void Next_AfterSomethingDear_TheDebtStays()
    {
        var queue = new FairQueue<string>();
        Fill(queue, A1, 50);
        queue.Enqueue(A2, "dear");
        Serve(queue, 2, item => item == "dear" ? 100 : 1).ShouldBe(["a1", "dear"]);
        queue.Enqueue(A2, "dear");
        Serve(queue, 49, _ => 1).ShouldNotContain("dear");
        Serve(queue, 1, _ => 1).ShouldBe(["dear"]); // the machine does not idle
    }

    [Fact]
    public void Next_FirstMayNotBegin_IsPassedOver()
    {
        var queue = new FairQueue<string>();
        Fill(queue, A1, 1);
        Fill(queue, B1, 1);
        queue.Next(item => item != "a1")!.Items.Peek().ShouldBe("b1");
        queue.Next(_ => false).ShouldBeNull();
    }

    [Fact]
    public void Queue_ManyClientsThatAreGone_KeepsNoTraceOfThem()
    {
        var queue = new FairQueue<string>();
        Fill(queue, A1, 5_001);
        for (int c = 0; c < 5_000; c++)
        {
            queue.Enqueue(new Client($"{c}", "1"), "x");
            Serve(queue, 2, _ => 1);
        }

        queue.Clients.ShouldBeLessThan(3_000);
    }

    [Fact]
    public void TryTake_OneClient_LeavesRoomForOthers()
    {
        var share = new FairShare(100);
        Enumerable.Range(0, 200).Count(_ => share.TryTake("a", 1)).ShouldBe(80);
        Enumerable.Range(0, 200).Count(_ => share.TryTake("b", 1)).ShouldBe(16); // four times what is free then
        share.TryTake("c", 1).ShouldBeTrue();
        share.Release("a", 1);
        share.TryTake("a", 1).ShouldBeFalse(); // who has most waits longest
        share.TryTake("b", 1).ShouldBeFalse();
        share.TryTake("c", 1).ShouldBeTrue();
    }

    [Fact]
    public void TryTake_SmallBesideLargeOfTheSameAddress_IsLetIn()
    {
        var share = new FairShare(10_000_000);
        Enumerable.Range(0, 20).Count(_ => share.TryTake("proxy", 1_200_000)).ShouldBe(7);
        Enumerable.Range(0, 500).Count(_ => share.TryTake("proxy", 170)).ShouldBe(500);
        share.TryTake("proxy", 1_200_000).ShouldBeFalse();
        share.TryTake("other", 1_200_000).ShouldBeTrue();
    }

    [Fact]
    public void TryTake_Idle_LendsMoreThanThereIs()
    {
        var share = new FairShare(10);
        share.TryTake("a", 25).ShouldBeTrue();
        share.TryTake("b", 1).ShouldBeFalse();
        share.Release("a", 25);
        share.Total.ShouldBe(0);
        share.TryTake("b", 1).ShouldBeTrue();
    }

    private static void Fill(FairQueue<string> queue, Client client, int count)
    {
        for (int i = 0; i < count; i++)
        {
            queue.Enqueue(client, client.Name + client.Connection);
        }
    }

    private static string[] Serve(FairQueue<string> queue, int turns, Func<string, double> cost)
    {
        var served = new string[turns];
        for (int t = 0; t < turns; t++)
        {
            var flow = queue.Next(_ => true)!;
            flow.Charge(cost(served[t] = flow.Items.Peek()));
            queue.Dequeue(flow);
        }

        return served;
    }
}
