//! Recorded events and places as messages of the protocol, and ids in both their forms.

use crate::clock;
use crate::rows::Recorded;
use crate::wire;
use crate::wire::streams::read_resp::{self, Content};
use std::collections::HashMap;
use uuid::Uuid;

/// One answer to a read.
pub type Answer = wire::streams::ReadResp;

/// How a client wants ids written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// As text.
    Text,
    /// As two numbers.
    Halves,
}

/// An id as a message.
pub fn id(id: Uuid, form: IdForm) -> wire::Uuid {
    let value = match form {
        IdForm::Text => wire::uuid::Value::String(id.to_string()),
        IdForm::Halves => {
            let (most, least) = id.as_u64_pair();
            wire::uuid::Value::Structured(wire::uuid::Structured {
                most_significant_bits: most.cast_signed(),
                least_significant_bits: least.cast_signed(),
            })
        }
    };
    wire::Uuid { value: Some(value) }
}

/// The id in a message, in either form.
pub fn parse_id(message: Option<wire::Uuid>) -> Option<Uuid> {
    match message?.value? {
        wire::uuid::Value::String(text) => Uuid::try_parse(&text).ok(),
        wire::uuid::Value::Structured(halves) => Some(Uuid::from_u64_pair(
            halves.most_significant_bits.cast_unsigned(),
            halves.least_significant_bits.cast_unsigned(),
        )),
    }
}

/// A stream's name as a message.
pub fn stream_name(name: &str) -> wire::StreamIdentifier {
    wire::StreamIdentifier { stream_name: name.as_bytes().to_vec() }
}

/// A place in `$all`: commit and prepare position are the same in this log.
pub fn position(position: u64) -> wire::AllStreamPosition {
    wire::AllStreamPosition { commit_position: position, prepare_position: position }
}

/// An event.
pub fn event(event: &Recorded, ids: IdForm) -> Answer {
    read(Some(event), None, event.position, ids)
}

/// A link, with the event that it names if that can be seen.
pub fn link(link: &Recorded, event: Option<&Recorded>, ids: IdForm) -> Answer {
    read(event, Some(link), link.position, ids)
}

fn read(event: Option<&Recorded>, link: Option<&Recorded>, position: u64, ids: IdForm) -> Answer {
    answer(Content::Event(read_resp::ReadEvent {
        event: event.map(|event| recorded(event, ids)),
        link: link.map(|link| recorded(link, ids)),
        position: Some(read_resp::read_event::Position::CommitPosition(position)),
    }))
}

fn recorded(event: &Recorded, ids: IdForm) -> read_resp::RecordedEvent {
    let content_type = if event.json { "application/json" } else { "application/octet-stream" };
    read_resp::RecordedEvent {
        id: Some(id(event.id, ids)),
        stream_identifier: Some(stream_name(&event.stream)),
        stream_revision: event.revision,
        prepare_position: event.position,
        commit_position: event.position,
        metadata: HashMap::from([
            ("type".to_owned(), event.event_type.clone()),
            ("content-type".to_owned(), content_type.to_owned()),
            ("created".to_owned(), event.created.to_string()),
        ]),
        custom_metadata: event.metadata.clone(),
        data: event.data.clone(),
    }
}

/// The first message of a subscription.
pub fn confirmation(subscription: &str) -> Answer {
    answer(Content::Confirmation(read_resp::SubscriptionConfirmation { subscription_id: subscription.to_owned() }))
}

/// How far a filtered subscription has searched.
pub fn checkpoint(position: u64) -> Answer {
    answer(Content::Checkpoint(read_resp::Checkpoint {
        commit_position: position,
        prepare_position: position,
        timestamp: Some(clock::timestamp(clock::now())),
    }))
}

/// From here on a subscription to `$all` delivers what is appended.
pub fn caught_up_all(now: i64, position: u64) -> Answer {
    answer(Content::CaughtUp(read_resp::CaughtUp {
        timestamp: Some(clock::timestamp(now)),
        stream_revision: None,
        position: Some(read_resp::Position { commit_position: position, prepare_position: position }),
    }))
}

/// From here on a subscription to a stream delivers what is appended, from revision `next` on.
pub fn caught_up_stream(now: i64, next: u64) -> Answer {
    answer(Content::CaughtUp(read_resp::CaughtUp {
        timestamp: Some(clock::timestamp(now)),
        stream_revision: Some(i64::try_from(next).map_or(i64::MAX, |next| next - 1)),
        position: None,
    }))
}

/// There is no such stream.
pub fn not_found(stream: &str) -> Answer {
    answer(Content::StreamNotFound(read_resp::StreamNotFound { stream_identifier: Some(stream_name(stream)) }))
}

/// The first revision that a reader could have seen.
pub fn first_revision(revision: u64) -> Answer {
    answer(Content::FirstStreamPosition(revision))
}

/// The stream's last revision.
pub fn last_revision(revision: u64) -> Answer {
    answer(Content::LastStreamPosition(revision))
}

fn answer(content: Content) -> Answer {
    Answer { content: Some(content) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_both_forms() {
        for text in ["00000000-0000-0000-0000-000000000000", "ffeeddcc-bbaa-9988-7766-554433221100"] {
            let uuid = Uuid::try_parse(text).unwrap();
            assert_eq!(parse_id(Some(id(uuid, IdForm::Text))), Some(uuid));
            assert_eq!(parse_id(Some(id(uuid, IdForm::Halves))), Some(uuid));
        }
        assert_eq!(parse_id(Some(wire::Uuid { value: Some(wire::uuid::Value::String("x".to_owned())) })), None);
        assert_eq!(parse_id(None), None);
    }
}
