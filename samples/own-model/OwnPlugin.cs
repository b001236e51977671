using Encore.Experiments;

[assembly: EncorePlugin(typeof(OwnModel.OwnPlugin))]

namespace OwnModel;

/// <summary>What <c>encore … --plugin OwnModel.dll</c> adds.</summary>
public sealed class OwnPlugin : IEncorePlugin
{
    /// <inheritdoc/>
    public void Register(Registry registry)
    {
        registry.Models.Register<ResidualDae, ResidualDaeOptions>(
            "residual-dae", "Residual DAE", "after Bachlechner et al. 2020", options => new ResidualDae(options),
            search: [("width", "50|100|200|400"), ("depth", "0|1|2|4"), ("dropout", "0.2..0.8"), ("learning-rate", "log:2e-4..1e-2")]);
        registry.Models.Register<BalancedEase, BalancedEaseOptions>(
            "balanced-ease", "Balanced EASE", "after Steck 2019", options => new BalancedEase(options), search: [("l2", "log:1..10000"), ("balance", "0..1")]);
        registry.Metrics.Register("serendipity", k => new SerendipityMetric(k));
        registry.Protocols.Register("user-temporal", options => new UserTemporalProtocol(options));
        registry.Readers.Register(new BasketReader());
    }
}
