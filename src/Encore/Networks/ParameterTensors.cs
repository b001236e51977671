using Encore.Storage;

namespace Encore.Networks;

/// <summary>The parameters of a network in a model file.</summary>
internal static class ParameterTensors
{
    /// <summary>Adds each parameter under its name, [rows, columns].</summary>
    public static void Add(this TensorWriter to, IReadOnlyList<Parameter<float>> parameters)
    {
        foreach (var parameter in parameters)
        {
            to.Add(parameter.Name, parameter.Value, parameter.Rows, parameter.Columns);
        }
    }

    /// <summary>Gives the parameters their numbers, once all have been found to have the right shape.</summary>
    /// <exception cref="InvalidDataException">An array is missing, has another shape, or holds a number that is not
    /// finite.</exception>
    public static void Read(this TensorReader from, IReadOnlyList<Parameter<float>> parameters)
    {
        foreach (var parameter in parameters)
        {
            from.CheckShape(parameter.Name, parameter.Rows, parameter.Columns);
        }

        foreach (var parameter in parameters)
        {
            parameter.Set(from.Finite(parameter.Name, parameter.Rows, parameter.Columns));
        }
    }
}
