using Encore.Networks;

namespace Encore.Tests.Training;

/// <summary>Tasks of several kinds that wait for each other.</summary>
[Collection(WorkersCollection.Name)]
public sealed class PipelineTests
{
    [Fact]
    public void Run_TasksThatWait_SeeWhatCameBefore() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        // The last of the first kind is late, and whoever does not wait for it finds a 0.
        const int Tasks = 200;
        var pipeline = new Pipeline();
        var (first, second) = (new float[Tasks], new float[Tasks]);
        int done = 0;
        pipeline.Clear();
        pipeline.Add(Tasks, task =>
        {
            Thread.Sleep(task == Tasks - 1 ? 20 : 0);
            first[task] = task + 1;
            Interlocked.Increment(ref done);
        });
        pipeline.Add(0, _ => throw new InvalidOperationException("of no task"));
        pipeline.Add(Tasks, task =>
        {
            pipeline.Wait(ref done, Tasks).ShouldBeTrue();
            second[task] = first[Tasks - 1 - task];
        });
        pipeline.Run(compute);
        second.ShouldBe(first.Reverse());
        return [.. first, .. second];
    });

    [Fact]
    public void Run_TaskThrows_ThoseThatWaitForItEndAndTheCallerHears() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var pipeline = new Pipeline();
        int done = 0, went = 0;
        pipeline.Add(3, task =>
        {
            if (task == 1)
            {
                throw new InvalidDataException("task 1");
            }

            Interlocked.Increment(ref done);
        });
        pipeline.Add(5, _ => went += pipeline.Wait(ref done, 3) ? 1 : 0);
        Should.Throw<InvalidDataException>(() => pipeline.Run(compute)).Message.ShouldBe("task 1");
        went.ShouldBe(0);

        // After Clear, it runs again.
        int ran = 0;
        pipeline.Clear();
        pipeline.Add(4, _ => Interlocked.Increment(ref ran));
        pipeline.Run(compute);
        return [ran];
    });
}
