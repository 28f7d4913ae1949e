//! The newest events in memory, so that followers who have caught up share one copy instead of each reading the file.

use crate::rows::Recorded;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

/// Bounds of the memory used.
const MAX_EVENTS: usize = 4096;
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Events without a gap up to the last durable one.
#[derive(Debug)]
pub struct Tail(RwLock<Kept>);

#[derive(Debug)]
struct Kept {
    /// Every event after this position is in `events`.
    complete_after: u64,
    events: VecDeque<Arc<Recorded>>,
    bytes: usize,
}

impl Tail {
    /// Nothing yet, after the position of the last event in the file.
    pub fn new(head: u64) -> Tail {
        Tail(RwLock::new(Kept { complete_after: head, events: VecDeque::new(), bytes: 0 }))
    }

    /// Adds events that have just become durable.
    pub fn extend(&self, events: impl IntoIterator<Item = Recorded>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            kept.bytes += size(&event);
            kept.events.push_back(Arc::new(event));
        }
        while kept.events.len() > MAX_EVENTS || kept.bytes > MAX_BYTES {
            let Some(oldest) = kept.events.pop_front() else { break };
            kept.bytes -= size(&oldest);
            kept.complete_after = oldest.position;
        }
    }

    /// The events after a position, oldest first, at most `limit`; none if older ones are needed than are kept.
    pub fn after(&self, position: u64, limit: usize) -> Option<Vec<Arc<Recorded>>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if position < kept.complete_after {
            return None;
        }
        let first = kept.events.partition_point(|event| event.position <= position);
        Some(kept.events.range(first..).take(limit).cloned().collect())
    }
}

fn size(event: &Recorded) -> usize {
    event.data.len() + event.metadata.len() + event.stream.len() + event.event_type.len() + 128
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: u64, bytes: usize) -> Recorded {
        Recorded {
            position,
            stream: "s".to_owned(),
            revision: position,
            created: 0,
            id: uuid::Uuid::nil(),
            event_type: "T".to_owned(),
            json: true,
            metadata: prost::bytes::Bytes::new(),
            data: vec![0; bytes].into(),
        }
    }

    fn positions(events: Option<Vec<Arc<Recorded>>>) -> Option<Vec<u64>> {
        events.map(|events| events.iter().map(|event| event.position).collect())
    }

    #[test]
    fn it_answers_only_for_what_it_has_without_a_gap() {
        let tail = Tail::new(7);
        assert_eq!(positions(tail.after(7, 9)), Some(vec![]));
        tail.extend([event(8, 1), event(9, 1), event(10, 1)]);
        assert_eq!(positions(tail.after(6, 9)), None);
        assert_eq!(positions(tail.after(7, 9)), Some(vec![8, 9, 10]));
        assert_eq!(positions(tail.after(8, 1)), Some(vec![9]));
        assert_eq!(positions(tail.after(99, 9)), Some(vec![]));
    }

    #[test]
    fn the_oldest_give_way_by_number_and_by_size() {
        let tail = Tail::new(0);
        tail.extend((1..=MAX_EVENTS as u64 + 2).map(|position| event(position, 1)));
        assert_eq!(positions(tail.after(1, 1)), None);
        assert_eq!(positions(tail.after(2, 1)), Some(vec![3]));
        tail.extend([event(5000, MAX_BYTES - 1000), event(5001, 900)]);
        assert_eq!(positions(tail.after(4099, 9)), None);
        assert_eq!(positions(tail.after(5000, 9)), Some(vec![5001]));
    }
}
