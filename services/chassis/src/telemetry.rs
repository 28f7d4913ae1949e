//! Structured logs, and the records beside them.

use crate::records::{self, Records};
use std::io::IsTerminal as _;
use std::path::Path;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// What is written when `RUST_LOG` says nothing. The log's client reports every failed attempt of its own as an
/// error; the chassis says once what came of it, so the client stays silent.
const DEFAULT_FILTER: &str = "info,eventstore=off,tower_http=warn";

/// Writes what happens to standard error, as lines for people (in colour on a terminal) or as one JSON object a line;
/// `RUST_LOG` chooses what. [Records](crate::records) go to a folder, whatever `RUST_LOG` says, until what is returned is
/// dropped. A second call in a process changes nothing.
///
/// # Errors
/// If the folder cannot be written to.
pub fn init(json: bool, folder: Option<&Path>) -> std::io::Result<Option<Records>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let is_seen = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_seen);
    let lines = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        lines.with_target(false).boxed()
    };
    let lines = lines.with_filter(filter);
    let (kept, records) = folder.map(records::writer).transpose()?.unzip();
    let kept = kept.map(|writer| {
        let kept = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
        // Not a function: of one it is not known beforehand that it wants nothing of the libraries' traces, and each of theirs
        // would be looked at (a quarter of a hand-in's time).
        let records_only = Targets::new().with_target(records::TARGET, LevelFilter::INFO);
        kept.with_span_list(false).with_writer(writer).with_filter(records_only)
    });
    // The only refusal is that it is set already, which tests do.
    drop(tracing_subscriber::registry().with(lines).with(kept).try_init());
    Ok(records)
}
