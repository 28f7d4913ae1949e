//! The W3C trace context (Trace Context, Level 1) of a request.

use crate::keys;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::convert::Infallible;
use uuid::Uuid;

/// Which act of whom a request belongs to, as its `traceparent` says; a new one if it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The trace, 16 bytes.
    pub id: Uuid,
    /// The context for whatever the request causes, as a `traceparent`.
    pub traceparent: String,
}

impl Trace {
    pub(crate) fn of(headers: &HeaderMap) -> Trace {
        let given = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(parse);
        // Both ids in one: the system is asked for randomness with each request.
        let drawn = keys::draw::<24>().unwrap_or([1; 24]);
        let span = drawn.first_chunk().map_or(1, |span| u64::from_be_bytes(*span));
        let new = || drawn.last_chunk().map(|id| uuid::Builder::from_random_bytes(*id).into_uuid()).unwrap_or_default();
        let (id, sampled) = given.unwrap_or_else(|| (new(), true));
        let traceparent = format!("00-{}-{span:016x}-{}", id.simple(), if sampled { "01" } else { "00" });
        Trace { id, traceparent }
    }
}

/// The trace's id and whether it is sampled.
fn parse(header: &str) -> Option<(Uuid, bool)> {
    let mut fields = header.trim().split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let hexadecimal = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let known_version = hexadecimal(version, 2) && version != "ff" && (version != "00" || fields.next().is_none());
    if !known_version || !hexadecimal(trace, 32) || !hexadecimal(parent, 16) || !hexadecimal(flags, 2) {
        return None;
    }
    let id = Uuid::try_parse(trace).ok().filter(|id| !id.is_nil())?;
    if parent.bytes().all(|byte| byte == b'0') {
        return None;
    }
    Some((id, u8::from_str_radix(flags, 16).ok()? & 1 == 1))
}

impl<S: Send + Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Trace, Infallible> {
        Ok(parts.extensions.get::<Trace>().cloned().unwrap_or_else(|| Trace::of(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_and_a_malformed_one_begins_anew() {
        let trace = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().unwrap());
            Trace::of(&headers)
        };
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let good = trace(&format!("00-{id}-00f067aa0ba902b7-01"));
        assert_eq!(good.id.simple().to_string(), id);
        assert!(good.traceparent.starts_with(&format!("00-{id}-")) && good.traceparent.len() == 55);
        assert!(!good.traceparent.contains("00f067aa0ba902b7"));
        for bad in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            &format!("00-{id}-0000000000000000-01"),
            &format!("ff-{id}-00f067aa0ba902b7-01"),
            &format!("00-{id}-00f067aa0ba902b7-01-more"),
            &format!("00-{}-00f067aa0ba902b7-01", id.to_uppercase()),
        ] {
            let trace = trace(bad);
            assert_ne!(trace.id.simple().to_string(), id, "{bad}");
            assert!(!trace.id.is_nil());
        }
    }
}
