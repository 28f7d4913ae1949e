//! What a client proposes to write.

use crate::messages;
use crate::status;
use crate::wire;
use crate::writer::Proposed;
use prost::bytes::Bytes;
use std::collections::HashMap;
use tonic::Status;

/// Bytes that the events of one append may have together, as with the real server's default.
pub const MAX_APPEND: usize = 1024 * 1024;

/// The name of a stream that can be written.
pub fn writable(identifier: Option<wire::StreamIdentifier>) -> Result<String, Status> {
    let name = stream_name(identifier)?;
    if name.starts_with("$$$$") {
        return Err(status::invalid("metadata has no metadata"));
    }
    Ok(name)
}

/// The name of a stream.
pub fn stream_name(identifier: Option<wire::StreamIdentifier>) -> Result<String, Status> {
    let bytes = identifier.map(|identifier| identifier.stream_name).unwrap_or_default();
    match String::from_utf8(bytes) {
        Ok(name) if name.is_empty() || name == "$$" => Err(status::invalid("a stream needs a name")),
        Ok(name) => Ok(name),
        Err(_) => Err(status::invalid("the name of a stream is UTF-8")),
    }
}

/// An event as a client proposes it.
pub fn proposed(
    id: Option<wire::Uuid>,
    mut properties: HashMap<String, String>,
    metadata: Bytes,
    data: Bytes,
) -> Result<Proposed, Status> {
    let id = messages::parse_id(id).ok_or_else(|| status::invalid("an event needs an id that is a UUID"))?;
    let event_type = properties.remove("type").ok_or_else(|| status::missing_property("type"))?;
    let content_type = properties.remove("content-type").ok_or_else(|| status::missing_property("content-type"))?;
    Ok(Proposed { id, event_type, json: content_type == "application/json", metadata, data })
}
