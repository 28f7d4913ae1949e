//! The centre's figures under `/metrics`.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// The figures of one centre.
#[derive(Clone)]
pub struct Metrics {
    /// Merges written, by who decided: `rule` or `steward`.
    pub merges: IntCounterVec,
    /// Proposals written.
    pub proposals: IntCounter,
    /// Merges undone.
    pub undone: IntCounter,
    /// Events published.
    pub published: IntCounter,
    /// Times somebody else wrote first and the centre looked again.
    pub conflicts: IntCounter,
    /// Seconds from the recording of an event to the publication of what follows from it.
    pub publish_lag: Histogram,
    /// Registrations known.
    pub registrations: IntGauge,
    /// The commit position acted on in every scope.
    pub through: IntGauge,
    /// Scopes in which anything is registered.
    pub scopes: IntGauge,
    /// Keys of registrations that so many share that nothing is looked for by them.
    pub keys_too_common: IntGauge,
    /// Scopes in which it cannot write at the moment.
    pub troubled: IntGauge,
}

impl Metrics {
    /// Makes the figures and shows them in `registry`.
    pub fn new(registry: &Registry) -> prometheus::Result<Metrics> {
        let lag = HistogramOpts::new(
            "huiju_center_publish_lag_seconds",
            "Seconds from the recording of an event to the publication of what follows from it.",
        );
        let lag = lag.buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0]);
        let metrics = Metrics {
            merges: IntCounterVec::new(Opts::new("huiju_center_merges_total", "Merges decided."), &["decided_by"])?,
            proposals: IntCounter::new("huiju_center_proposals_total", "Merges proposed to a steward.")?,
            undone: IntCounter::new("huiju_center_undone_total", "Merges undone.")?,
            published: IntCounter::new("huiju_center_published_total", "Events published.")?,
            conflicts: IntCounter::new("huiju_center_conflicts_total", "Times somebody else wrote first.")?,
            publish_lag: Histogram::with_opts(lag)?,
            registrations: IntGauge::new("huiju_center_registrations", "Registrations known.")?,
            through: IntGauge::new("huiju_center_through", "Commit position acted on.")?,
            scopes: IntGauge::new("huiju_center_scopes", "Scopes in which anything is registered.")?,
            keys_too_common: IntGauge::new(
                "huiju_center_keys_too_common",
                "Names, numbers and houses that so many registrations share that they tell nothing apart.",
            )?,
            troubled: IntGauge::new("huiju_center_scopes_troubled", "Scopes in which nothing can be written now.")?,
        };
        let collectors: [Box<dyn prometheus::core::Collector>; 11] = [
            Box::new(metrics.merges.clone()),
            Box::new(metrics.proposals.clone()),
            Box::new(metrics.undone.clone()),
            Box::new(metrics.published.clone()),
            Box::new(metrics.conflicts.clone()),
            Box::new(metrics.publish_lag.clone()),
            Box::new(metrics.registrations.clone()),
            Box::new(metrics.through.clone()),
            Box::new(metrics.scopes.clone()),
            Box::new(metrics.keys_too_common.clone()),
            Box::new(metrics.troubled.clone()),
        ];
        for collector in collectors {
            registry.register(collector)?;
        }
        Ok(metrics)
    }
}
