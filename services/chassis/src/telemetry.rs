//! Structured logs.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What is written when `RUST_LOG` says nothing. The log's client reports every failed attempt of its own as an
/// error; the chassis says once what came of it, so the client stays silent.
const DEFAULT_FILTER: &str = "info,eventstore=off,tower_http=warn";

/// Writes what happens to standard error, as lines for people (in colour on a terminal) or as one JSON object a line.
/// `RUST_LOG` chooses what is written. A second call in a process changes nothing.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let registry = tracing_subscriber::registry().with(filter);
    let is_seen = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_seen);
    let outcome = if json {
        registry.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).try_init()
    } else {
        registry.with(lines.with_target(false)).try_init()
    };
    // The only refusal is that it is set already, which tests do.
    drop(outcome);
}
