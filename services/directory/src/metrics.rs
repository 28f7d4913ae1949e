//! What the directory counts of itself.

use crate::projection::Snapshot;
use prometheus::{IntGauge, Registry};

/// The metrics of the read model. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    events: IntGauge,
    resources: IntGauge,
    through: IntGauge,
}

impl Default for Metrics {
    /// Metrics at zero.
    fn default() -> Metrics {
        let gauge = |name: &str, help: &str| made(IntGauge::new(name, help));
        Metrics {
            events: gauge("huiju_directory_events", "Events folded into the directory."),
            resources: gauge("huiju_directory_resources", "Resources shown in the directory."),
            through: gauge("huiju_directory_centre_through", "Commit position up to which the centre has acted."),
        }
    }
}

impl Metrics {
    /// Shows them in a registry.
    ///
    /// # Errors
    /// When the registry shows metrics of these names already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        [&self.events, &self.resources, &self.through]
            .into_iter()
            .try_for_each(|gauge| registry.register(Box::new(gauge.clone())))
    }

    /// A snapshot was published.
    pub fn published(&self, snapshot: &Snapshot) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.events.set(count(snapshot.moments.len()));
        self.resources.set(i64::from(snapshot.moments.latest().resources));
        self.through.set(i64::try_from(snapshot.progress.through().commit).unwrap_or(i64::MAX));
    }
}

#[expect(
    clippy::expect_used,
    reason = "names are constants of this file; every test that starts a directory builds them"
)]
fn made<T>(metric: prometheus::Result<T>) -> T {
    metric.expect("the name of a metric is well formed")
}
