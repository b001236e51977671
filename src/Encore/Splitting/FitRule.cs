namespace Encore.Splitting;

/// <summary>The rule of what models learn from, in the words that end every split's description.</summary>
public static class FitRule
{
    /// <summary>The rule as a sentence.</summary>
    /// <param name="on">What models learn from in the end.</param>
    /// <param name="validation">The validation users; null without.</param>
    public static string Words(FitOn on, EvaluationSet? validation)
    {
        if (validation is null)
        {
            return "Every model learns from the training part; without validation, networks run all their epochs.";
        }

        if (validation.HeldOut.Count == 0)
        {
            return FormattableString.Invariant(
                $"None of the {validation.Users:N0} validation users has anything held out, so networks run all their epochs; every model learns from {Part(on)}.");
        }

        return on == FitOn.TrainAndValidation
            ? $"Validation selects epochs; then every model learns from {Part(on)}."
            : $"Validation selects epochs; every model learns from {Part(on)}.";
    }

    private static string Part(FitOn on) => on == FitOn.TrainAndValidation ? "training and validation together" : "the training part alone";

    /// <summary>Throws where nothing of validation can be added to the training part, such as where it has users of its
    /// own.</summary>
    /// <param name="asked">What is asked for; null: nothing.</param>
    /// <param name="name">The protocol.</param>
    /// <param name="reason">Why it has no choice.</param>
    /// <exception cref="ArgumentException">Training and validation are asked for.</exception>
    public static void RequireTrainOnly(FitOn? asked, string name, string reason = "whose validation users are no training users")
    {
        if (asked == FitOn.TrainAndValidation)
        {
            throw new ArgumentException(
                $"Found fit-on train+validation for {name}, {reason}; expected train, or one of weak, rating, leave-last-out, or a split for known users.");
        }
    }
}
