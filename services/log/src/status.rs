//! Refusals as statuses of gRPC, with the trailers by which the official clients tell them apart.

use crate::expected::Expected;
use crate::pages::ReadError;
use crate::writer::Refusal;
use tonic::metadata::{Ascii, MetadataKey, MetadataValue};
use tonic::{Code, Status};

/// The server stops or has lost its log; clients try again.
pub fn stopping() -> Status {
    Status::unavailable("the log server is stopping")
}

/// The request makes no sense.
pub fn invalid(reason: impl Into<String>) -> Status {
    Status::invalid_argument(reason)
}

/// An event of an append lacks `type` or `content-type`.
pub fn missing_property(property: &str) -> Status {
    let reason = format!("an event needs the metadata property {property:?}");
    with(Code::InvalidArgument, reason, "missing-required-metadata-property", &[("missing-properties", property)])
}

/// The events of one append are too large together.
pub fn too_large(limit: usize) -> Status {
    let reason = format!("the events of one append may have {limit} bytes together");
    with(Code::InvalidArgument, reason, "maximum-append-size-exceeded", &[("maximum-append-size", &limit.to_string())])
}

/// Why a write was not done.
pub fn of_write(refusal: &Refusal) -> Status {
    let reason = refusal.to_string();
    match refusal {
        Refusal::WrongRevision { stream, expected, current } => with(
            Code::FailedPrecondition,
            reason,
            "wrong-expected-version",
            &[
                ("stream-name", stream),
                ("expected-version", &expected_version(*expected)),
                ("actual-version", &current.map_or_else(|| "-1".to_owned(), |revision| revision.to_string())),
            ],
        ),
        Refusal::Deleted(stream) => deleted(stream, reason),
        Refusal::NotFound(stream) => with(Code::NotFound, reason, "stream-not-found", &[("stream-name", stream)]),
        Refusal::Storage(_) => Status::unavailable(reason),
        Refusal::Closed => stopping(),
    }
}

/// Why a read did not go on.
pub fn of_read(error: &ReadError) -> Status {
    let reason = error.to_string();
    match error {
        ReadError::NotFound => Status::not_found(reason),
        ReadError::Deleted(stream) => deleted(stream, reason),
        ReadError::Filter(_) => Status::invalid_argument(reason),
        ReadError::Database(_) => Status::unavailable(reason),
        ReadError::Closed => stopping(),
    }
}

fn deleted(stream: &str, reason: String) -> Status {
    with(Code::FailedPrecondition, reason, "stream-deleted", &[("stream-name", stream)])
}

fn expected_version(expected: Expected) -> String {
    match expected {
        Expected::NoStream => "-1".to_owned(),
        Expected::Any => "-2".to_owned(),
        Expected::StreamExists => "-4".to_owned(),
        Expected::Revision(revision) => revision.to_string(),
    }
}

fn with(code: Code, reason: String, exception: &'static str, details: &[(&'static str, &str)]) -> Status {
    let mut status = Status::new(code, reason);
    let trailers = status.metadata_mut();
    trailers.insert("exception", MetadataValue::from_static(exception));
    for (key, value) in details {
        // A name that a trailer cannot carry, such as a Chinese one, is left to the message.
        if let Ok(value) = value.parse::<MetadataValue<Ascii>>() {
            trailers.insert(MetadataKey::from_static(key), value);
        }
    }
    status
}
