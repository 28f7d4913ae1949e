//! What the directory counts of itself.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, Registry};
use std::time::Duration;

/// The directory's figures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Figures {
    seconds: Histogram,
    refused: IntCounter,
    events: IntGauge,
    resources: IntGauge,
    through: IntGauge,
    subscriptions: IntGauge,
}

impl Figures {
    /// Figures at zero.
    pub fn new() -> Figures {
        let gauge = |name: &str, help: &str| made(IntGauge::new(name, help));
        Figures {
            seconds: made(Histogram::with_opts(
                HistogramOpts::new("huiju_directory_query_duration_seconds", "Seconds to answer a GraphQL query.")
                    .buckets(vec![0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0]),
            )),
            refused: made(IntCounter::new(
                "huiju_directory_query_errors_total",
                "GraphQL queries answered with an error.",
            )),
            events: gauge("huiju_directory_events", "Events folded into the directory."),
            resources: gauge("huiju_directory_resources", "Resources shown in the directory."),
            through: gauge("huiju_directory_centre_through", "Commit position up to which the centre has acted."),
            subscriptions: gauge("huiju_directory_subscriptions", "Subscriptions being followed."),
        }
    }

    /// Shows them in a registry.
    ///
    /// # Errors
    /// When the registry shows figures of these names already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.seconds.clone()))?;
        registry.register(Box::new(self.refused.clone()))?;
        for gauge in [&self.events, &self.resources, &self.through, &self.subscriptions] {
            registry.register(Box::new(gauge.clone()))?;
        }
        Ok(())
    }

    /// A query was answered.
    pub fn answered(&self, took: Duration, is_ok: bool) {
        self.seconds.observe(took.as_secs_f64());
        if !is_ok {
            self.refused.inc();
        }
    }

    /// A snapshot was published.
    pub fn published(&self, snapshot: &crate::projection::Snapshot) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.events.set(count(snapshot.moments.len()));
        self.resources.set(i64::from(snapshot.moments.latest().resources));
        self.through.set(i64::try_from(snapshot.progress.through().commit).unwrap_or(i64::MAX));
    }

    /// A subscription begins; it ends when the guard is dropped.
    pub fn subscribed(&self) -> Subscribed {
        self.subscriptions.inc();
        Subscribed(self.subscriptions.clone())
    }
}

/// A subscription that is being followed.
#[derive(Debug)]
pub struct Subscribed(IntGauge);

impl Drop for Subscribed {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[expect(clippy::expect_used, reason = "names are constants of this file; every test that mounts builds them")]
fn made<T>(figure: prometheus::Result<T>) -> T {
    figure.expect("the name of a figure is well formed")
}
