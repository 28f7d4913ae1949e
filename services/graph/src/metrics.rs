//! How questions are answered, in numbers.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge, Registry};
use std::time::Duration;

/// The metrics of the interface. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    seconds: Histogram,
    refused: IntCounter,
    again: IntCounter,
    subscriptions: IntGauge,
}

impl Metrics {
    /// Metrics at zero.
    pub fn new() -> Metrics {
        let gauge = |name: &str, help: &str| made(IntGauge::new(name, help));
        Metrics {
            seconds: made(Histogram::with_opts(
                HistogramOpts::new("huiju_directory_query_duration_seconds", "Seconds to answer a GraphQL query.")
                    .buckets(vec![0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0]),
            )),
            refused: made(IntCounter::new(
                "huiju_directory_query_errors_total",
                "GraphQL queries answered with an error.",
            )),
            again: made(IntCounter::new(
                "huiju_directory_queries_again_total",
                "GraphQL queries answered by what was answered to the same query before.",
            )),
            subscriptions: gauge("huiju_directory_subscriptions", "Subscriptions being followed."),
        }
    }

    /// Shows them in a registry.
    ///
    /// # Errors
    /// When the registry shows metrics of these names already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.seconds.clone()))?;
        registry.register(Box::new(self.refused.clone()))?;
        registry.register(Box::new(self.again.clone()))?;
        registry.register(Box::new(self.subscriptions.clone()))
    }

    /// A query was answered.
    pub fn answered(&self, took: Duration, is_ok: bool) {
        self.seconds.observe(took.as_secs_f64());
        if !is_ok {
            self.refused.inc();
        }
    }

    /// A query was answered by what was answered before.
    pub fn answered_again(&self, took: Duration) {
        self.answered(took, true);
        self.again.inc();
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
fn made<T>(metric: prometheus::Result<T>) -> T {
    metric.expect("the name of a metric is well formed")
}
