//! Refusals as statuses of gRPC, with the trailers by which the official clients tell them apart.

use crate::expected::Expected;
use crate::pages::ReadError;
use crate::writer::Refusal;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;
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
    let required = [("required-metadata-properties", "type,content-type")];
    with(Code::InvalidArgument, reason, "missing-required-metadata-property", &required)
}

/// The events of one append are too large together.
pub fn too_large(limit: usize) -> Status {
    let reason = format!("the events of one append may have {limit} bytes together");
    with(Code::InvalidArgument, reason, "maximum-append-size-exceeded", &[("maximum-append-size", &limit.to_string())])
}

/// Why a write was not done.
pub fn of_write(refusal: &Refusal) -> Status {
    match refusal {
        Refusal::WrongRevision { stream, expected, current } => {
            wrong_revision(Code::FailedPrecondition, stream, *expected, *current)
        }
        // Some clients go by the code and take it for a missing stream, others by the trailers and take it for a wrong
        // expectation; their own tests hold them to that.
        Refusal::NotFound { stream, expected } => wrong_revision(Code::NotFound, stream, *expected, None),
        Refusal::Deleted(stream) => deleted(stream, refusal.to_string()),
        Refusal::Storage(_) => Status::unavailable(refusal.to_string()),
        Refusal::Closed => stopping(),
    }
}

/// The official Python client reads stream and versions out of the text, the others out of the trailers.
fn wrong_revision(code: Code, stream: &str, expected: Expected, current: Option<u64>) -> Status {
    let expected = expected_version(expected);
    let actual = current.map_or_else(|| "-1".to_owned(), |revision| revision.to_string());
    let reason =
        format!("WrongExpectedVersion. Stream: {stream}, Expected version: {expected}, Actual version: {actual}");
    let details = [("stream-name", stream), ("expected-version", &expected), ("actual-version", &actual)];
    with(code, reason, "wrong-expected-version", &details)
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
        if let Ok(value) = in_ascii(value).parse::<MetadataValue<Ascii>>() {
            trailers.insert(MetadataKey::from_static(key), value);
        }
    }
    status
}

/// What a trailer cannot carry as it is; the sign itself only where something else is escaped.
const BEYOND_ASCII: &AsciiSet = &CONTROLS.add(b'%');

/// A value as a trailer can carry it: what is not visible ASCII, such as a Chinese name, in percent-encoding, as gRPC
/// has it for the text of a status. Some clients fail on an error that lacks a trailer.
fn in_ascii(value: &str) -> Cow<'_, str> {
    match value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => Cow::Borrowed(value),
        false => utf8_percent_encode(value, BEYOND_ASCII).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trailer(status: &Status, key: &str) -> String {
        status.metadata().get(key).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_wrong_revision_is_told_in_the_text_and_in_the_trailers() {
        let refusal =
            Refusal::WrongRevision { stream: "s-1".to_owned(), expected: Expected::NoStream, current: Some(7) };
        let status = of_write(&refusal);
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert!(status.message().ends_with(". Stream: s-1, Expected version: -1, Actual version: 7"), "{status}");
        assert_eq!(trailer(&status, "exception"), "wrong-expected-version");
        assert_eq!(trailer(&status, "expected-version"), "-1");
        assert_eq!(trailer(&status, "actual-version"), "7");
    }

    #[test]
    fn a_name_beyond_ascii_still_has_its_trailer() {
        let status = of_write(&Refusal::Deleted("登记-1 100%".to_owned()));
        assert_eq!(trailer(&status, "stream-name"), "%E7%99%BB%E8%AE%B0-1 100%25");
        assert_eq!(trailer(&of_write(&Refusal::Deleted("a 100%".to_owned())), "stream-name"), "a 100%");
    }
}
