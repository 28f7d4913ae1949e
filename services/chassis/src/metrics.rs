//! The metrics that every process shows under `/metrics`.
//!
//! They are counted once per process, whatever number of services it runs, and shown by every registry that
//! [`register`] was called with.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};
use std::sync::LazyLock;

/// Requests answered, by method, route (the pattern, not the path) and status.
pub static HTTP_REQUESTS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_http_requests_total", "Requests answered.", &["method", "route", "status"]));

/// Seconds from a request's head to its answer's head.
pub static HTTP_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let opts = HistogramOpts::new("huiju_http_request_duration_seconds", "Seconds to answer a request.")
        .buckets(vec![0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
    constant(HistogramVec::new(opts, &["method", "route"]))
});

/// Appends to the log, by outcome: `done`, `conflict`, `failed`.
pub static APPENDS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_log_appends_total", "Appends to the log.", &["outcome"]));

/// Events appended.
pub static APPENDED_EVENTS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_log_appended_events_total", "Events appended to the log.", &["category"]));

/// Clients of the log that had to be built anew, because the old one was dead.
pub static CLIENT_REBUILDS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_log_client_rebuilds_total", "Clients of the log built anew.", &["use"]));

/// Events that a follower delivered.
pub static FOLLOWED: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_follow_events_total", "Events a follower delivered.", &["follower"]));

/// Events that a follower set aside because nothing could be made of them.
pub static PARKED: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_follow_parked_total", "Events a follower set aside.", &["follower"]));

/// The commit position that a follower has reached.
pub static FOLLOW_POSITION: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauge("huiju_follow_position", "Commit position a follower has reached.", &["follower"]));

/// How far, in commit positions, a follower was behind the head of the log when that was last asked.
pub static FOLLOW_LAG: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauge("huiju_follow_lag", "Commit positions between a follower and the head of the log.", &["follower"])
});

/// Subscriptions opened anew after the first.
pub static RESUBSCRIPTIONS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("huiju_follow_resubscriptions_total", "Subscriptions opened anew.", &["follower"]));

/// Shows the process's metrics in a registry. A second call with the same registry changes nothing.
pub fn register(registry: &Registry) {
    let collectors: [Box<dyn prometheus::core::Collector>; 10] = [
        Box::new(HTTP_REQUESTS.clone()),
        Box::new(HTTP_SECONDS.clone()),
        Box::new(APPENDS.clone()),
        Box::new(APPENDED_EVENTS.clone()),
        Box::new(CLIENT_REBUILDS.clone()),
        Box::new(FOLLOWED.clone()),
        Box::new(PARKED.clone()),
        Box::new(FOLLOW_POSITION.clone()),
        Box::new(FOLLOW_LAG.clone()),
        Box::new(RESUBSCRIPTIONS.clone()),
    ];
    for collector in collectors {
        // The only refusal is that the registry has it already.
        drop(registry.register(collector));
    }
}

fn counter(name: &'static str, help: &'static str, labels: &[&str]) -> IntCounterVec {
    constant(IntCounterVec::new(Opts::new(name, help), labels))
}

fn gauge(name: &'static str, help: &'static str, labels: &[&str]) -> IntGaugeVec {
    constant(IntGaugeVec::new(Opts::new(name, help), labels))
}

#[expect(clippy::expect_used, reason = "names and labels are constants of this file; the test builds every one")]
fn constant<T>(made: prometheus::Result<T>) -> T {
    made.expect("the name and labels of a metric are well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_can_be_registered_and_again() {
        let registry = Registry::new();
        register(&registry);
        register(&registry);
        APPENDS.with_label_values(&["done"]).inc();
        assert!(registry.gather().iter().any(|family| family.name() == "huiju_log_appends_total"));
    }
}
